import Lab from "./pages/Lab.vue";
import { start } from "./start.ts";

await start(Lab);

import { start } from "./start.ts";
import Embed from "./pages/Embed.vue";

await start(Embed);

import Embed from "./pages/Embed.vue";
import { start } from "./start.ts";

await start(Embed);

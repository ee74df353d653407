import "@ratchet/i18n/plan";
import MyPlan from "./pages/MyPlan.vue";
import { start } from "./start.ts";

await start(MyPlan);

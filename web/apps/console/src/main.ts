import "@ratchet/ui/tokens.css";
import "@ratchet/ui/base.css";
import "./console.css";
import { preferredLanguage, setLanguage } from "@ratchet/i18n";
import { startTheme } from "@ratchet/ui";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router.ts";
import "./texts.ts";

startTheme();
await setLanguage(preferredLanguage());
createApp(App).use(router).mount("#app");

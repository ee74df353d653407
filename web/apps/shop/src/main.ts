import "@ratchet/ui/tokens.css";
import "@ratchet/ui/base.css";
import "./shop.css";
import { keepOnDevice } from "@ratchet/api";
import { preferredLanguage, setLanguage } from "@ratchet/i18n";
import { startTheme } from "@ratchet/ui";
import { createApp } from "vue";
import App from "./App.vue";
import { startOnPhone } from "./phone.ts";
import { router } from "./router.ts";
import "./texts.ts";

startTheme();
keepOnDevice();
startOnPhone();
await setLanguage(preferredLanguage());
createApp(App).use(router).mount("#app");

import { ref } from "vue";

/** What a browser tells that could install the shop; not yet in TypeScript's list of events. */
interface InstallEvent extends Event {
  prompt(): Promise<void>;
}

/** What the browser offers where it can install the shop itself; others have it in their menu. */
export const offer = ref<InstallEvent>();
/** Whether the shop runs as an app of its own already. */
export const installed = matchMedia("(display-mode: standalone)").matches;

export async function install(): Promise<void> {
  await offer.value?.prompt();
  offer.value = undefined;
}

/** The shop opens without a network from its second time on, and may be put on the home screen. */
export function startOnPhone(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer.value = event as InstallEvent;
  });
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // After the first page, which needs the line more.
  const register = () => void navigator.serviceWorker.register("/worker.js");
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}

// The shop without a network: its own files are kept on the phone, and a place in it opens from them. What was read of the server is kept by
// the pages themselves, with its time (packages/api/src/device.ts); nothing under /api goes through here. The build puts `FILES` and `VERSION` in front.
const CACHE = `shop-${VERSION}`;
const FIRST_PAGE = "/";
/** A network that takes so long to bring a page counts as none. */
const PATIENCE_MS = 4_000;
/** Places within the shop; console, lab, cashier and documents are on the same host and need a network. */
const IN_SHOP = /^\/($|login$|p\/)/;

addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([FIRST_PAGE, ...FILES]))));

addEventListener("activate", (event) => event.waitUntil(forgetEarlierVersions()));

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate" && IN_SHOP.test(pathname)) event.respondWith(page(event.request));
  else if (FILES.includes(pathname)) event.respondWith(kept(pathname).then((found) => found ?? fetch(event.request)));
});

function kept(path) {
  return caches.match(path, { cacheName: CACHE });
}

async function forgetEarlierVersions() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("shop-") && name !== CACHE).map((name) => caches.delete(name)));
}

/** The page of the server, which is the newest; the kept one where no answer comes. */
async function page(request) {
  const first = await kept(FIRST_PAGE);
  if (!first) return fetch(request);
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS, first); });
  return Promise.race([fetch(request).catch(() => first), late]);
}

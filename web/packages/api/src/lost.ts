import { ref } from "vue";

/** The server said that nobody is logged in though the page had thought so: the session ended, here or from elsewhere. */
export const sessionLost = ref(false);

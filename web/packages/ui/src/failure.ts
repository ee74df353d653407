import { Problem, problemFrom, sessionEnded } from "@ratchet/api";
import { onErrorCaptured, shallowRef, type ShallowRef } from "vue";
import { useRouter } from "vue-router";

/** Why a page could not be shown at all: no network, or what it asked for was refused; a session that has ended leads to the log-in. */
export function usePageFailure(): ShallowRef<Problem | undefined> {
  const router = useRouter();
  const failed = shallowRef<Problem>();
  router.onError((thrown, to) => {
    const problem = problemFrom(thrown);
    if (problem.status === 401) {
      sessionEnded();
      void router.replace({ name: "login", query: { next: to.fullPath } });
    } else {
      failed.value = problem;
    }
  });
  router.afterEach(() => {
    failed.value = undefined;
  });
  onErrorCaptured((thrown) => {
    if (!(thrown instanceof Problem)) return true;
    failed.value = thrown;
    return false;
  });
  return failed;
}

import { computed, shallowRef } from "vue";
import { fromDevice, putOnDevice } from "./device.ts";
import { sessionLost } from "./lost.ts";
import { problemFrom } from "./problem.ts";
import { enterDemo, logOut, readMe } from "./people.ts";
import { forgetReads, somethingChanged } from "./read.ts";
import type { Schemas } from "./views.ts";

type Me = Schemas["Me"];

/** Who is logged in: not known yet, nobody, or the person. */
const known = shallowRef<Me | null>();

export const me = computed(() => known.value ?? undefined);
export const loggedIn = computed(() => Boolean(known.value));

const ON_DEVICE = "who-am-i";

/** Asks the server once; later calls answer from what is known. */
export async function whoAmI(): Promise<Me | undefined> {
  if (known.value === undefined) await ask();
  return known.value ?? undefined;
}

/** Without a network one is who one was the last time, and the server is asked again once there is one. */
async function ask(): Promise<void> {
  try {
    is(await readMe());
  } catch (thrown) {
    const problem = problemFrom(thrown);
    const earlier = problem.code === "network" ? fromDevice(ON_DEVICE) : undefined;
    if (earlier) {
      known.value = earlier.data as Me;
      addEventListener("online", () => void ask(), { once: true });
    } else if (problem.status === 401) {
      sessionEnded();
    } else {
      throw problem;
    }
  }
}

function is(person: Me): void {
  known.value = person;
  putOnDevice(ON_DEVICE, { data: person, readAt: new Date().toISOString() });
}

/** Somebody logged in, signed up or joined a programme. */
export function becomes(person: Me): void {
  sessionLost.value = false;
  forgetReads();
  is(person);
  somethingChanged();
}

/** In this tab's storage: that one came in by a demo's door. */
const DOOR = "demo-door";

/** Comes in by a demo's door, as one of its people. */
export async function enterAs(persona: Schemas["Persona"]): Promise<void> {
  becomes(await enterDemo(persona));
  sessionStorage.setItem(DOOR, persona);
}

/** Whether one did: there members too may let time pass. */
export function isVisitor(): boolean {
  return sessionStorage.getItem(DOOR) !== null;
}

/** A server answered that the session has ended. */
export function sessionEnded(): void {
  known.value = null;
  forgetReads();
}

export async function leave(): Promise<void> {
  await logOut();
  sessionEnded();
}

/** The member's id in a programme, where the person is a member. */
export function memberOf(programme: string): string | undefined {
  return known.value?.memberships.find((each) => each.programme === programme)?.member;
}

/** Whether the person may do this in the tenant, as far as the server said at login; the server decides again. */
export function may(permission: string, tenant: string | undefined): boolean {
  return known.value?.tenants.some((each) => each.tenant === tenant && each.permissions.includes(permission)) ?? false;
}

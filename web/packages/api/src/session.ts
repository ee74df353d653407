import { computed, shallowRef } from "vue";
import { sessionLost } from "./lost.ts";
import { Problem } from "./problem.ts";
import { enterDemo, logOut, readMe } from "./people.ts";
import { forgetReads, somethingChanged } from "./read.ts";
import type { Schemas } from "./views.ts";

type Me = Schemas["Me"];

/** Who is logged in: not known yet, nobody, or the person. */
const known = shallowRef<Me | null>();

export const me = computed(() => known.value ?? undefined);
export const loggedIn = computed(() => Boolean(known.value));

/** Asks the server once; later calls answer from what is known. */
export async function whoAmI(): Promise<Me | undefined> {
  if (known.value !== undefined) return known.value ?? undefined;
  try {
    known.value = await readMe();
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.status !== 401) throw thrown;
    known.value = null;
  }
  return known.value ?? undefined;
}

/** Somebody logged in, signed up or joined a programme. */
export function becomes(person: Me): void {
  known.value = person;
  sessionLost.value = false;
  forgetReads();
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

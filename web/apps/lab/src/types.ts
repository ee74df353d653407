import type { Schemas } from "@ratchet/api";

/** The lab's shapes, as the server's document has them. */
export type Source = Schemas["LabSource"];
export type Crowd = Schemas["LabCrowd"];
export type Setting = Schemas["LabSetting"];
export type Buyer = Schemas["LabBuyer"];
export type Day = Schemas["LabDay"];
export type Result = Schemas["LabResult"];
export type Run = Schemas["LabRun"];

/** A question; what it leaves out the server fills in. */
export interface Question {
  readonly plan?: Source;
  readonly set?: readonly Setting[];
  readonly people?: Schemas["LabPeople"];
  readonly seed?: string;
}

// What the labels of a Docker object say, and while a preview does not know them, what its resource's name says.

import { LABELS } from "../components/names";
import { CONTAINER, fields, items, NETWORK, type Resource, UNKNOWN, VOLUME } from "./rule";

/** Labels by name; undefined where they are not known. */
export function labelsOf({ props }: Resource): Readonly<Record<string, unknown>> | undefined {
  if (props.labels === UNKNOWN) return undefined;
  return Object.fromEntries(items(props.labels).map((each) => [String(fields(each).label), fields(each).value]));
}

/** Ends of resource names, and the roles they stand for. */
const BY_NAME: Readonly<Record<string, RegExp>> = {
  [CONTAINER]: /-(execution|beacon|validator)$/,
  [NETWORK]: /-(p2p|engine|api|metrics)$/,
  [VOLUME]: /-(identity|keys|genesis|jwt|(?:execution|beacon|validator)-chain)$/,
};

/** Value of `ephemery.role`; undefined: it has none, or it is not known. */
export function roleOf(resource: Resource): string | undefined {
  const role = labelsOf(resource)?.[LABELS.role];
  if (typeof role === "string") return role;
  const [, end] = BY_NAME[resource.type]?.exec(resource.name) ?? [];
  return end !== undefined && resource.type === NETWORK ? `${end}-network` : end;
}

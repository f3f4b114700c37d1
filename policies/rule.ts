// What a rule is, and how it sees a resource: as data, without Pulumi.

/** A value that a preview does not know yet. A rule passes over it; the update that follows knows it. */
export const UNKNOWN = Symbol("unknown");

export interface Resource {
  readonly type: string;
  readonly name: string;
  /** Its inputs, with UNKNOWN where one is not known. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly options: {
    readonly deleteBeforeReplace: boolean;
    readonly ignoreChanges: readonly string[];
    readonly protect: boolean;
  };
  /** Name of its provider; undefined: it has none. */
  readonly provider: string | undefined;
}

/** A rule over one resource. */
export interface Rule {
  /** Lower-case words and dashes. */
  readonly name: string;
  /** What holds, and which promise of docs/architecture.md it is of. */
  readonly description: string;
  readonly remedy: string;
  readonly appliesTo: (type: string) => boolean;
  /** What is wrong, a sentence each; never with a value that may be a secret. */
  readonly violations: (resource: Resource) => readonly string[];
}

/** A rule over all resources of a stack at once. */
export interface StackRule extends Pick<Rule, "name" | "description" | "remedy"> {
  readonly violations: (resources: readonly Resource[]) => readonly string[];
}

export const CONTAINER = "docker:index/container:Container";
export const NETWORK = "docker:index/network:Network";
export const VOLUME = "docker:index/volume:Volume";
export const DOCKER_PROVIDER = "pulumi:providers:docker";
export const LOCAL_COMMAND = "command:local:Command";

export const only =
  (...types: readonly string[]) =>
  (type: string): boolean =>
    types.includes(type);
export const startsWith =
  (...prefixes: readonly string[]) =>
  (type: string): boolean =>
    prefixes.some((prefix) => type.startsWith(prefix));

/** A violation where a value that is known does not hold. */
export function must(value: unknown, holds: (value: unknown) => boolean, violation: string): readonly string[] {
  return value === UNKNOWN || holds(value) ? [] : [violation];
}

/** Items of a list; none of what is not a list or not known. */
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Fields of an object; none of what is not one or not known. */
export const fields = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** Every text in a value, with the way to it: `envs[0]`. */
export function textsIn(value: unknown, path = ""): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((each, index) => textsIn(each, `${path}[${index}]`));
  return Object.entries(fields(value)).flatMap(([key, each]) => textsIn(each, path === "" ? key : `${path}.${key}`));
}

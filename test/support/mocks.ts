// Runs a program against Pulumi's mocks and gives back what it registered, options included: what an engine would be told.

import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

/** One resource as the engine is told of it. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  /** Type and name of the parent; undefined for the stack itself. */
  readonly parent: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Everything that was sent, values of secrets too. */
  readonly raw: string;
  /** Name of the provider it was given, where it was. */
  readonly provider: string;
  /** Names of the resources it comes after. */
  readonly dependsOn: readonly string[];
  /** Names of the resources each input comes from. */
  readonly inputsFrom: Readonly<Record<string, readonly string[]>>;
  readonly deleteBeforeReplace: boolean;
  readonly replaceOnChanges: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  readonly timeouts: { readonly create: string; readonly delete: string } | undefined;
}

/** Outputs of a resource that are not its inputs. */
export type Answers = (resource: pulumi.runtime.MockResourceArgs) => Readonly<Record<string, unknown>>;

export interface Run<T> {
  readonly outputs: T;
  readonly resources: readonly Registered[];
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
const typeOf = (urn: string): string => urn.split("::").at(-2)?.split("$").at(-1) ?? "";
/** `urn::id` of a provider. */
const providerOf = (reference: string): string => reference.split("::").at(-2) ?? "";

function registered(request: RegisterResourceRequest): Registered {
  const inputs = request.getObject()?.toJavaScript() ?? {};
  const inputsFrom = request.getPropertydependenciesMap().toArray();
  const timeouts = request.getCustomtimeouts();
  return {
    type: request.getType(),
    name: request.getName(),
    parent: request.getParent() === "" ? undefined : `${typeOf(request.getParent())} ${nameOf(request.getParent())}`,
    inputs,
    raw: JSON.stringify(inputs),
    provider: providerOf(request.getProvider()),
    dependsOn: request.getDependenciesList().map(nameOf),
    inputsFrom: Object.fromEntries(
      inputsFrom.map(([input]) => [
        input,
        request.getPropertydependenciesMap().get(input)?.getUrnsList().map(nameOf) ?? [],
      ]),
    ),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceOnChanges: request.getReplaceonchangesList(),
    ignoreChanges: request.getIgnorechangesList(),
    retainOnDelete: request.getRetainondelete() ?? false,
    protect: request.getProtect() ?? false,
    timeouts: timeouts && { create: timeouts.getCreate(), delete: timeouts.getDelete() },
  };
}

/**
 * Jest maps each stack trace to its sources, and Pulumi takes one for every output: most of the time a run
 * would take. The place an error was thrown at is kept.
 */
async function withShortTraces<T>(work: () => Promise<T>): Promise<T> {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  try {
    return await work();
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** @param preview whether what a resource will only know after its creation stays unknown. */
export function underMocks<T>(
  program: () => Promise<T>,
  answers: Answers,
  options: { readonly stack?: string; readonly preview?: boolean } = {},
): Promise<Run<T>> {
  return withShortTraces(() => run(program, answers, options));
}

async function run<T>(
  program: () => Promise<T>,
  answers: Answers,
  { stack = "test", preview = false }: { readonly stack?: string; readonly preview?: boolean },
): Promise<Run<T>> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: (resource) => ({
        id: resource.id || `${resource.name}-id`,
        state: { ...resource.inputs, ...answers(resource) },
      }),
      call: ({ token }) => {
        throw new Error(`no answer to the call ${token}`);
      },
    },
    "ephemery",
    stack,
    preview,
    "organization",
  );
  const monitor = pulumi.runtime.getMonitor();
  if (!monitor) throw new Error("setMocks sets a monitor");
  const { registerResource } = monitor;
  Object.assign(monitor, {
    registerResource: (request: RegisterResourceRequest, ...rest: unknown[]): unknown => {
      resources.push(registered(request));
      return Reflect.apply(registerResource, monitor, [request, ...rest]);
    },
  });
  // A failure inside the stack would end the process, as it does under the real host.
  let ended: { outputs: T } | { thrown: unknown } | undefined;
  await pulumi.runtime.runInPulumiStack(async () => {
    ended = await program().then(
      (outputs) => ({ outputs }),
      (thrown: unknown) => ({ thrown }),
    );
    return {};
  });
  await pulumi.runtime.disconnect();
  if (ended === undefined) throw new Error("the program did not end");
  if ("thrown" in ended) throw ended.thrown;
  return { outputs: ended.outputs, resources };
}

/** The value of an output that is known. */
export const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

/** Resources of the project as indented lines, `type name`, each below its parent and in the order of their names. */
export function tree(resources: readonly Registered[]): string[] {
  const below = (parent: string | undefined, indent: string): string[] =>
    resources
      .filter((each) => each.parent === parent && !each.type.startsWith("test:"))
      .map(({ type, name }) => `${type} ${name}`)
      .sort()
      .flatMap((line) => [`${indent}${line}`, ...below(line, `${indent}  `)]);
  return below(undefined, "");
}

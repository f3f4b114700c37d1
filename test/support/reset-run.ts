// Runs of resets whose Pulumi and Docker are scripts that write down what they were asked; plan, releases, guard, hooks,
// journal and locks are real. A test file that imports it has a folder, a stack and a clock of its own.

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server, ServerResponse } from "node:http";
import { join } from "node:path";
import { type DeploymentRecord, recordSchema } from "../../chain/plan";
import { type Decided, decidePlan } from "../../chain/planning";
import type { Settings } from "../../config/settings";
import { Stack } from "../../operations/engine/stack";
import { type Opened, type ResetOptions, type RunReport, runReset } from "../../operations/reset/run";
import { REPOSITORY, serveReleases } from "../../rehearsal/server";
import { ROOT } from "../../toolchain/paths";
import { DockerHere } from "./docker-here";
import { ownFolder } from "./folder";
import { chainOf, settingsOf } from "./node";

export const folder = ownFolder("reset-run");
export const docker = new DockerHere(join(folder, "docker"));
export const releases = join(folder, "releases");
export const calls = join(folder, "calls");
const state = join(folder, "state.json");
const plans = join(folder, "plans");
export const outputs = join(folder, "outputs.json");
export const steps = join(folder, "steps.json");
const pulumi = join(folder, "pulumi");
const hooks = join(folder, "hooks");
export const STACK = "run-test";
export const OWNER = { host: "local", stack: STACK, id: "0badcafe" };
/** What the engine says when it is asked for the stack's volumes. */
export const OWN_VOLUME = {
  when: `volume ls --quiet --filter label=ephemery.stack=${STACK} --filter label=ephemery.id=${OWNER.id}`,
  stdout: "keys",
};
export const ACTIVE = chainOf(165);
export const END = ACTIVE.executionGenesisTime + ACTIVE.period;

/** Seconds by which the source's clock is ahead of this machine's. */
export const clock = { ahead: 0 };

let server: Server;
let source: string;
const before = { data: process.env.EPHEMERY_DATA, cache: process.env.EPHEMERY_CACHE };

beforeAll(async () => {
  process.env.EPHEMERY_DATA = join(folder, "data");
  process.env.EPHEMERY_CACHE = join(folder, "cache");
  mkdirSync(join(releases, "ephemery-166"), { recursive: true });
  const bundle = "network-config.tar.gz";
  cpSync(join(ROOT, `test/testdata/fulu-166-${bundle}`), join(releases, "ephemery-166", bundle));
  server = await serveReleases(releases, 0);
  server.prependListener("request", (_, response: ServerResponse) => {
    response.setHeader("date", new Date(Date.now() + clock.ahead * 1000).toUTCString());
  });
  const address = server.address();
  source = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/${REPOSITORY}`;
  writeFileSync(
    pulumi,
    [
      "#!/bin/sh",
      `case "$1 $2" in`,
      `"stack output") cat ${outputs};;`,
      `"whoami --verbose") echo '{"url":"file://~"}';;`,
      `"stack ls") echo '[{"name":"${STACK}"}]';;`,
      `"stack export") cat ${state};;`,
      `preview*) echo "preview $EPHEMERY_RUN_TIME" >> ${calls}; echo "$EPHEMERY_RUN_PLAN" >> ${plans}`,
      `cat ${steps}.$EPHEMERY_RUN_TIME 2>/dev/null || cat ${steps}; exit $(cat ${folder}/preview-code);;`,
      `up*) echo "up $EPHEMERY_RUN_TIME" >> ${calls}; echo "$EPHEMERY_RUN_PLAN" >> ${plans}`,
      `if [ -e ${folder}/while-up ]; then . ${folder}/while-up; fi; exit $(cat ${folder}/code);;`,
      "esac",
    ].join("\n"),
    { mode: 0o755 },
  );
  docker.tell([
    { when: "version", stdout: "1.41 20.10.24" },
    { when: "info", stdout: "/nowhere" },
    { when: "ps --all" },
    OWN_VOLUME,
    { when: "inspect", code: 1, stderr: "Error: No such object" },
  ]);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  for (const [name, value] of [
    ["EPHEMERY_DATA", before.data],
    ["EPHEMERY_CACHE", before.cache],
  ] as const) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

beforeEach(() => {
  clock.ahead = 0;
  for (const each of [calls, plans, hooks, `${steps}.${END - 1}`, join(folder, "data"), join(folder, "while-up")])
    rmSync(each, { recursive: true, force: true });
  for (const code of ["code", "preview-code"]) writeFileSync(join(folder, code), "0");
  writeFileSync(outputs, JSON.stringify({ record: { active: ACTIVE }, owner: OWNER }));
  holds();
  would();
});
afterEach(() => jest.restoreAllMocks());

/** What the stack's state has, beside what is always there. */
export function holds(...urns: readonly string[]): void {
  writeFileSync(state, JSON.stringify({ deployment: { resources: urns.map((each) => ({ urn: each, type: "t" })) } }));
}

/** What a preview shows, beside what always is the same. */
export function would(...changes: readonly { op: string; urn: string }[]): void {
  writeFileSync(steps, JSON.stringify({ steps: [{ op: "same", urn: "x" }, ...changes] }));
}
export const urn = (type: string, name: string): string =>
  `urn:pulumi:${STACK}::ephemery::ephemery:index:EphemeryNode$${type}::${name}`;
export const client = urn("docker:index/container:Container", "local-beacon");

/**
 * What the engine tells of clients during the next update, which goes on until it has been told: lines of `docker
 * events`.
 */
export function happens(...events: readonly { action: string; role: string; time: number }[]): void {
  const lines = events.map(({ action, role, time }) => {
    const Attributes = { "ephemery.role": role, name: role };
    return `${JSON.stringify({ Action: action, timeNano: time * 1e9, Actor: { Attributes } })}\n`;
  });
  docker.tell([
    { when: "events", stdout: lines.join(""), hangs: true },
    ...docker.told().filter(({ when }) => when !== "events"),
  ]);
  docker.calls();
  const asked = `grep -qs '"args":."events"' ${join(folder, "docker", "calls.jsonl")}`;
  writeFileSync(join(folder, "while-up"), `until ${asked}; do sleep 0.05; done; sleep 1\n`);
}

/** A hook that writes down that it ran, and for which generation. */
export function hook(name: string, code = 0): void {
  mkdirSync(hooks, { recursive: true });
  const script = `#!/bin/sh\necho "${name} $EPHEMERY_STACK $EPHEMERY_GENERATION$EPHEMERY_PROBLEM_CODE" >> ${calls}\nexit ${code}\n`;
  writeFileSync(join(hooks, name), script, { mode: 0o755 });
}

export const asked = (): string[] => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []);

/** The plans that the engine was given, for each of `asked`. */
export const given = (): DeploymentRecord[] =>
  readFileSync(plans, "utf8")
    .trim()
    .split("\n")
    .map((line) => recordSchema.parse(JSON.parse(line).plan));
export const told: string[] = [];

export const stack = (): Stack => new Stack(STACK, { origin: "built", pulumi, env: {} }, folder);
export const settings = (config: Readonly<Record<string, string>> = {}): Settings =>
  settingsOf({ network: "rehearsal", p2pNetwork: "x", releaseSources: JSON.stringify([source]), ...config }, STACK);

export function runAt(
  time: number,
  options: Partial<ResetOptions> = {},
  config: Readonly<Record<string, string>> = {},
  open?: () => Promise<Opened>,
): Promise<RunReport> {
  told.length = 0;
  jest.spyOn(Date, "now").mockReturnValue(time * 1000);
  return runReset(STACK, open ?? (async () => ({ stack: stack(), settings: settings(config) })), {
    dryRun: false,
    stageOnly: false,
    jitter: false,
    show: false,
    tell: (line) => told.push(line),
    hooks,
    ...options,
  });
}

/** As a run at that time plans. */
export async function planned(time: number): Promise<Decided> {
  return decidePlan(settings(), { active: ACTIVE }, time);
}

/** Before the chain's end, when its successor is released. */
export const LATE = END - 100;

// Resources as the policy pack sees them, well made and changed by tests.

import {
  CONTAINER,
  DOCKER_PROVIDER,
  fields,
  items,
  LOCAL_COMMAND,
  NETWORK,
  type Resource,
  type Rule,
  VOLUME,
} from "../../policies/rule";
import { rules } from "../../policies/rules";
import type { Allowed } from "../../policies/rules/exposure";

export const ALLOWED: Allowed = {
  p2p: { execution: ["30303/tcp", "30303/udp"], beacon: ["9000/tcp", "9000/udp", "9001/udp"] },
  exposed: [{ address: "192.0.2.7", port: 8545 }],
};

const DIGEST = "5".repeat(64);
const OPTIONS = { deleteBeforeReplace: true, ignoreChanges: [], protect: false };
const NAME = "ephemery-local-test-0badcafe";

const labels = (role: string, generation?: string): object[] =>
  Object.entries({
    "ephemery.stack": "test",
    "ephemery.id": "0badcafe",
    "ephemery.role": role,
    ...(generation === undefined ? {} : { "ephemery.generation": generation }),
  }).map(([label, value]) => ({ label, value }));

export const container: Resource = {
  type: CONTAINER,
  name: "local-execution",
  provider: "docker-local",
  options: OPTIONS,
  props: {
    name: `${NAME}-execution`,
    image: `ethereum/client-go:v1.17.10@sha256:${DIGEST}`,
    command: ["--authrpc.jwtsecret=/jwt/jwt.hex", "--http", `--bootnodes=enode://${"1".repeat(128)}@192.0.2.1:30303`],
    envs: [],
    user: "10001:10000",
    labels: labels("execution", "166-0badcafe"),
    volumes: [{ volumeName: `${NAME}-genesis-166-0badcafe`, containerPath: "/genesis", readOnly: true }],
    readOnly: true,
    networkMode: "bridge",
    networksAdvanced: [{ name: `${NAME}-p2p-network` }],
    ports: [
      { internal: 30303, external: 30303, ip: "0.0.0.0", protocol: "tcp" },
      { internal: 30303, external: 30303, ip: "0.0.0.0", protocol: "udp" },
    ],
    healthcheck: { tests: ["CMD", "true"], interval: "700ms" },
    mustRun: true,
    restart: "unless-stopped",
    memory: 2048,
    memorySwap: 2048,
    logDriver: "json-file",
    logOpts: { "max-size": "20m", "max-file": "3" },
    securityOpts: ["no-new-privileges:true"],
    capabilities: { drops: ["ALL"] },
    stopSignal: "SIGTERM",
    stopTimeout: 60,
    destroyGraceSeconds: 60,
  },
};

export const network: Resource = {
  type: NETWORK,
  name: "local-engine",
  provider: "docker-local",
  options: OPTIONS,
  props: { name: `${NAME}-engine-network`, labels: labels("engine-network"), driver: "bridge", internal: true },
};

export const volume: Resource = {
  type: VOLUME,
  name: "local-166-0badcafe-genesis",
  provider: "docker-local",
  options: OPTIONS,
  props: { name: `${NAME}-genesis-166-0badcafe`, labels: labels("genesis", "166-0badcafe") },
};

export const keptVolume: Resource = {
  type: VOLUME,
  name: "local-keys",
  provider: "docker-local",
  options: { ...OPTIONS, ignoreChanges: ["labels", "driver", "driverOpts"] },
  props: { name: `${NAME}-keys`, labels: labels("keys") },
};

export const job: Resource = {
  type: LOCAL_COMMAND,
  name: "local-166-0badcafe-jwt-secret",
  provider: "command",
  options: OPTIONS,
  props: {
    create: `docker rm --force ${NAME}-job >/dev/null 2>&1; exec docker run --rm --log-driver=none --name=${NAME}-job --network=none --read-only --tmpfs=/tmp --security-opt=no-new-privileges --cap-drop=ALL --cap-add=CHOWN --volume=${NAME}-jwt:/jwt sha256:${DIGEST} sh -c 'sha256sum /jwt/jwt.hex'`,
    update: 'printf %s "$PULUMI_COMMAND_STDOUT"',
    environment: { DOCKER_HOST: "unix:///var/run/docker.sock" },
    logging: "none",
  },
};

/** A resource with some inputs changed; `undefined` takes one away. */
export function changed(resource: Resource, props: Readonly<Record<string, unknown>>): Resource {
  const all = Object.entries({ ...resource.props, ...props }).filter(([, value]) => value !== undefined);
  return { ...resource, props: Object.fromEntries(all) };
}

/** A provider as this project makes them. */
export const provider: Resource = {
  ...container,
  type: DOCKER_PROVIDER,
  name: "docker-local",
  provider: undefined,
  props: { host: "unix:///var/run/docker.sock" },
};

/** A job that runs on this machine with an environment. */
export const told = (environment: object): Resource =>
  changed(job, { create: "node bin/ephemery job deliver-keys", environment });

export const labelled = (resource: Resource, role: string, generation?: string): Resource =>
  changed(resource, { labels: labels(role, generation) });

/** A container as it would be for the beacon node, which has less time to end. */
export const asBeacon = (resource: Resource): Resource =>
  labelled(changed(resource, { stopTimeout: 30, destroyGraceSeconds: 30 }), "beacon", "166-0badcafe");

/** A resource with another label, or without one. */
export function relabelled(resource: Resource, name: string, value?: string): Resource {
  const others = items(resource.props.labels).filter((each) => fields(each).label !== name);
  return changed(resource, { labels: value === undefined ? others : [...others, { label: name, value }] });
}

const RULES = rules(ALLOWED);

export function ruleNamed(name: string): Rule {
  const rule = RULES.find((each) => each.name === name);
  if (!rule) throw new Error(`there is no rule ${name}`);
  return rule;
}

/** Names of the rules a resource breaks, each once. */
export const broken = (resource: Resource, all: readonly Rule[] = RULES): string[] =>
  all.filter((rule) => rule.appliesTo(resource.type) && rule.violations(resource).length > 0).map(({ name }) => name);

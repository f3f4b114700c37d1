// A node of busybox containers, made of the same parts as the real one: what the engine
// does with the gate, jobs, volumes and the record is tested here without any client.

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { LAYERS, type Layer } from "../../../clients/spec";
import { clientContainer } from "../../../components/client-container";
import { gate } from "../../../components/gate";
import { hostJob } from "../../../components/host-job";
import { named } from "../../../components/named";
import { dockerName, type Owner } from "../../../components/names";
import { untilHealthy } from "../../../components/until-healthy";
import { generationVolume, keptVolume } from "../../../components/volumes";

const IMAGE = "ephemery.local/tools:1.35.0-1";
const URI = "unix:///var/run/docker.sock";

export = async () => {
  const config = new pulumi.Config();
  const generation = config.get("generation") ?? "1";
  /** Layer whose container is described otherwise than before. */
  const changed = config.get("changed");
  const retries = config.getNumber("retries") ?? 15;
  const owner: Owner = { host: "local", stack: pulumi.getStack(), id: config.require("id") };
  const self = new pulumi.StackReference("self", {
    name: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  const before = (await self.getOutputDetails("record")).value ?? null;

  const provider = new docker.Provider("host", { host: URI });
  const image = new docker.RemoteImage("image", { name: IMAGE, keepLocally: true }, { provider });
  const keys = keptVolume("keys", { owner, role: "keys" }, { provider });
  const chain = generationVolume(`chain-${generation}`, { owner, role: "execution-chain", generation }, { provider });
  const job = hostJob(
    `job-${generation}`,
    {
      uri: URI,
      run: pulumi.all([image.imageId, chain.name]).apply(([id, volume]) => ({
        owner,
        role: "job" as const,
        name: dockerName(owner, "job", generation),
        image: id,
        network: "none",
        mounts: [{ volume, path: "/data", readOnly: false }],
        command: [
          "sh",
          "-c",
          config.get("failing") === generation
            ? "echo the job fails >&2; exit 3"
            : "echo ready > /data/ready; cat /data/ready",
        ],
      })),
    },
    {},
  );
  const opened = gate("gate", generation, { dependsOn: [job] });
  const network = new docker.Network("network", { ...named(owner, "engine-network"), internal: true }, { provider });
  if (config.getBoolean("another"))
    new docker.Network("another", { ...named(owner, "api-network"), internal: true }, { provider });
  const made: pulumi.CustomResource[] = [];
  for (const layer of LAYERS) {
    const container = clientContainer(
      layer,
      {
        layer,
        owner,
        generation,
        image: image.imageId,
        gate: opened,
        volumes: { keys: keys.name, chain: chain.name },
        networks: { internal: [network.name] },
        published: false,
        inputs: { job: job.stdout },
        spec: {
          layer,
          client: "busybox",
          entrypoint: undefined,
          command: ["sh", "-c", script(layer, layer === changed)],
          env: {},
          mounts: [
            { volume: "chain", readOnly: false },
            { volume: "keys", readOnly: true },
          ],
          tmpfs: ["/tmp"],
          p2pPorts: [],
          endpoints: [],
          metrics: undefined,
          healthcheck: {
            test: [
              "CMD-SHELL",
              layer === config.get("sick") ? "false" : `test -f /tmp/up${retries === 15 ? "" : ` -a -n ${retries}`}`,
            ],
          },
          stop: { signal: "SIGTERM", graceSeconds: 10 },
          memory: 64,
        },
      },
      { provider, dependsOn: [opened, job, ...made.slice(-2)] },
    );
    made.push(container, untilHealthy(layer, { layer, owner, uri: URI, container }, {}));
  }
  return { before, record: pulumi.all(made.map(({ id }) => id)).apply(() => ({ generation })) };
};

/** Runs until it is told to end, and says so in its log. */
function script(layer: Layer, changed: boolean): string {
  return `trap 'echo ${layer} ends; exit 0' TERM; sleep 0.5; touch /tmp/up; ${changed ? ": changed; " : ""}while :; do sleep 0.1; done`;
}

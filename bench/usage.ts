// What a node takes of its host: memory by container, disk by volume.

import { LABELS, labelsOf, type Owner } from "../components/names";
import type { HostChannel } from "../operations/host/channel";

export interface Usage {
  readonly what: string;
  readonly mebibytes: number;
}

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const UNITS: Readonly<Record<string, number>> = { KiB: 1 / 1024, MiB: 1, GiB: 1024 };

const mine = (owner: Owner): string[] =>
  Object.entries(labelsOf(owner, "execution"))
    .filter(([label]) => label !== LABELS.role)
    .flatMap(([label, value]) => ["--filter", `label=${label}=${value}`]);

export async function memoryOf(host: HostChannel, owner: Owner): Promise<Usage[]> {
  const names = lines(await host.docker(["ps", "--format", "{{.Names}}", ...mine(owner)]));
  const text = await host.docker(["stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", ...names]);
  return lines(text).map((line) => {
    const [what = "", used = ""] = line.split(" ");
    const [, number = "0", unit = "MiB"] = /^([\d.]+)([KMG]iB)/.exec(used) ?? [];
    return { what, mebibytes: Math.round(Number(number) * (UNITS[unit] ?? 0)) };
  });
}

export async function diskOf(host: HostChannel, owner: Owner, image: string): Promise<Usage[]> {
  const volumes = lines(await host.docker(["volume", "ls", "--quiet", ...mine(owner)]));
  const mounts = volumes.map((volume, index) => `--volume=${volume}:/v/${index}:ro`);
  const text = await host.docker(["run", "--rm", "--network=none", ...mounts, image, "sh", "-c", "du -sk /v/*"]);
  return lines(text).map((line) => {
    const [size = "0", path = ""] = line.split(/\s+/);
    return {
      what: volumes[Number(path.slice("/v/".length))] ?? path,
      mebibytes: Math.round(Number(size) / 102.4) / 10,
    };
  });
}

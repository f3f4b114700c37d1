// The job behind components/protection.ts: whose the slashing protection of a chain is, and how it gets to who signs now.

import { z } from "zod";
import { epochStart } from "../../chain/facts";
import { official } from "../../clients/images";
import { signerOf } from "../../clients/node";
import { PATHS, slashingFolder, type ToolRun, USERS } from "../../clients/spec";
import { shellQuote } from "../../components/docker-run";
import { dockerName } from "../../components/names";
import { Problem } from "../../config/problem";
import { wrongWith } from "../../validators/interchange";
import { HostChannel } from "../host/channel";
import { protectInput, readInput, signerSchema } from "./input";

type Input = z.infer<typeof protectInput>;

/** Beside the slashing protection of each chain: which keys signed last, and what with. */
const recordSchema = signerSchema.extend({ keysDigest: z.string() });
type Signed = z.infer<typeof recordSchema>;

/** What the key volume shows of the chain. */
interface Held {
  /** undefined: nobody has signed on the chain from here, as far as is known. */
  readonly signed: Signed | undefined;
  /** Databases of slashing protection that are there, by client. */
  readonly databases: ReadonlySet<string>;
  /** Nothing was written down, so that what signs now is. */
  readonly first: boolean;
}

/** Milliseconds docker is waited for; a client has its own grace, and must not be killed while its database is open. */
const STOPPED_WITHIN = 150_000;
const FILE = "slashing_protection.json";
/** What the look says where nothing was written down before; no client has that name. */
const FIRST = "first";

/** @returns `on` where what signs now has to look for another signer first, else `off`. */
export async function protect(): Promise<"on" | "off"> {
  const input = readInput(protectInput);
  return new Protecting(input).answer(Math.floor(Date.now() / 1000));
}

class Protecting {
  private readonly host: HostChannel;
  private readonly signers: string;
  /** Where the files of an exchange are. */
  private readonly exchange: string;
  private readonly folder: string;

  constructor(private readonly input: Input) {
    this.host = new HostChannel(input.uri);
    const root = input.chain.genesisValidatorsRoot;
    this.signers = `${PATHS.keys}/signers/${root}`;
    this.exchange = `${PATHS.keys}/interchange/${root}`;
    this.folder = slashingFolder(input.chain);
  }

  async answer(now: number): Promise<"on" | "off"> {
    const { signer, keysDigest, chain } = this.input;
    const { signed, databases, first } = await this.look();
    // No client's doppelganger protection looks at epoch 0.
    const nothingToFind = now < epochStart(chain, 1);
    const sameKeys = signed?.keysDigest === keysDigest;
    if (signed && signed.client !== signer.client && databases.has(signed.client) && now >= chain.genesisTime) {
      const all = await this.move(signed);
      return nothingToFind || (all && sameKeys) ? "off" : "on";
    }
    const itsOwn = signed?.client === signer.client && databases.has(signer.client);
    if (!first) await this.record();
    return nothingToFind || (itsOwn && sameKeys) ? "off" : "on";
  }

  /** In one run, with the first record: a node's first start waits for it. */
  private async look(): Promise<Held> {
    const clients = signerSchema.shape.client.options;
    const there = (client: Signed["client"]): string =>
      `for each in ${this.folder}/${signerOf(client).slashingDatabase}; do [ ! -e "$each" ] || echo ${client}; done`;
    const text = await this.tools("Reading the key volume", [
      `{ cat ${this.signers} 2>/dev/null || true; } | head -n 1; echo`,
      ...clients.map(there),
      `[ -e ${this.signers} ] || { echo ${FIRST}`,
      ...this.recording(),
      "}",
    ]);
    const [line = "", ...words] = text.split("\n").map((each) => each.trim());
    return {
      signed: signedOf(line),
      databases: new Set(words.filter((word) => word !== FIRST)),
      first: words.includes(FIRST),
    };
  }

  private async record(): Promise<void> {
    await this.tools("Writing down what signs", this.recording());
  }

  private recording(): readonly string[] {
    const { signer, keysDigest } = this.input;
    const record: Signed = { ...signer, keysDigest };
    return [
      `mkdir -p ${PATHS.keys}/signers`,
      `printf '%s\\n' ${shellQuote(JSON.stringify(record))} > ${this.signers}.part`,
      `mv ${this.signers}.part ${this.signers}`,
    ];
  }

  /**
   * The slashing protection of what signed before, to what signs now.
   *
   * @returns whether all that it signed got there.
   * @throws Problem `slashing-protection`; what signed before runs again then.
   */
  private async move(from: Signed): Promise<boolean> {
    const container = dockerName(this.input.owner, from.layer);
    const ran = await this.runs(container);
    try {
      if (ran) await this.host.docker(["stop", container], { timeout: STOPPED_WITHIN });
      const exported = await this.exported(from);
      if (exported !== "nothing") await this.imported();
      await this.record();
      return exported === "all";
    } catch (error) {
      // Nothing else has been stopped: what ran before goes on, and signs with what it knows.
      const goesOn = ran && (await this.host.try(["start", container])).ok;
      const state = goesOn
        ? "signs on"
        : ran
          ? `does not run; start it with \`docker start ${container}\``
          : "did not run";
      throw new Problem(
        "slashing-protection",
        `The slashing protection of ${from.client} did not get to ${this.input.signer.client}:\n${error instanceof Error ? error.message : String(error)}`,
        `${from.client} ${state}. Its slashing protection is as it was. Set ephemery:validatorClient back to ${from.client}, or try \`bin/ephemery up\` again.`,
      );
    }
  }

  private async runs(container: string): Promise<boolean> {
    const seen = await this.host.try(["inspect", "--type=container", "--format", "{{.State.Running}}", container]);
    return seen.ok && seen.stdout === "true";
  }

  /**
   * Leaves the file of what it signed.
   *
   * @returns `older` where there is that of an earlier move alone.
   */
  private async exported(from: Signed): Promise<"all" | "older" | "nothing"> {
    const { interchange } = signerOf(from.client);
    const { chain } = this.input;
    await this.tools("Making a place for the slashing protection", [
      "umask 007",
      `mkdir -p ${this.exchange} && chmod g+rx ${PATHS.keys}/interchange && chmod 2770 ${this.exchange}`,
      `cd ${this.exchange}; rm -f ${FILE}`,
    ]);
    try {
      await this.client("Exporting the slashing protection", from, interchange.exported(chain, this.file()));
    } catch (error) {
      const nothing = error instanceof Error && interchange.nothing?.test(error.message);
      if (!nothing) throw error;
      // Prysm's says so as well of one that was imported and never signed with, or that has keys it was not given since.
      const there = await this.tools("Looking for an older one", [`[ ! -e ${this.last()} ] || echo there`]);
      return there.trim() === "there" ? "older" : "nothing";
    }
    const wrong = wrongWith(
      await this.tools("Reading the slashing protection", [`cat ${this.file()}`]),
      chain.genesisValidatorsRoot,
    );
    if (wrong !== undefined) throw new Error(`What ${from.client} exported ${wrong}.`);
    return "all";
  }

  private async imported(): Promise<void> {
    const { signer, chain } = this.input;
    const { interchange } = signerOf(signer.client);
    // Not beside it: Prysm takes the first validator.db it finds in any folder below.
    const aside = `${PATHS.keys}/aside/slashing/${chain.genesisValidatorsRoot}/${signer.client}`;
    await this.tools("Making a place for the slashing protection", [
      // The file is kept: what takes it in and never signs has nothing to export.
      `[ ! -e ${this.file()} ] || { cp ${this.file()} ${this.last()}; chmod g+r ${this.last()}; }`,
      `umask 007; mkdir -p ${this.folder} && cd ${this.folder}`,
      `for each in ${interchange.database.join(" ")}; do`,
      `  [ ! -e "$each" ] || { to=${aside}/$(date +%s)/$(dirname "$each"); mkdir -p "$to"; mv "$each" "$to"/; }`,
      "done",
      ...(interchange.place ?? []),
    ]);
    const run = interchange.imported(chain, this.last());
    const said = await this.client("Importing the slashing protection", signer, run);
    if (interchange.failed?.test(said)) throw new Error(`${signer.client} took in only a part of it:\n${said}`);
  }

  private readonly file = (): string => `${this.exchange}/${FILE}`;
  private readonly last = (): string => `${this.exchange}/last.json`;

  /** A client's own program on the key volume, as the user the client runs as. */
  private client(what: string, { layer, image }: Input["signer"], run: ToolRun): Promise<string> {
    const { owner, volumes } = this.input;
    return this.host.oneShotSaying(what, {
      owner,
      role: "job",
      name: dockerName(owner, "job-protection"),
      image: run.image === undefined ? image : official(run.image),
      network: "none",
      user: `${USERS[layer].uid}:${USERS.validator.gid}`,
      mounts: [
        { volume: volumes.keys, path: PATHS.keys, readOnly: false },
        { volume: volumes.genesis, path: PATHS.genesis, readOnly: true },
      ],
      entrypoint: run.entrypoint,
      command: run.command,
    });
  }

  /** A shell script on the key volume, as the validators' user. */
  private tools(what: string, lines: readonly string[]): Promise<string> {
    const { owner, image, volumes } = this.input;
    const { uid, gid } = USERS.validator;
    return this.host.oneShot(what, {
      owner,
      role: "job",
      name: dockerName(owner, "job-protection"),
      image,
      network: "none",
      user: `${uid}:${gid}`,
      mounts: [{ volume: volumes.keys, path: PATHS.keys, readOnly: false }],
      command: ["sh", "-c", ["set -eu", ...lines].join("\n")],
    });
  }
}

/** What is written down; undefined where it can't be read: nobody knows then. */
function signedOf(line: string): Signed | undefined {
  try {
    return recordSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

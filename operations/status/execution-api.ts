// The execution client's JSON-RPC, as far as it is asked (https://ethereum.github.io/execution-apis/).

import { z } from "zod";
import type { Tunnel } from "../host/tunnel";

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/i)
  .transform(Number);
const answerSchema = z.object({ result: z.unknown().optional(), error: z.object({ message: z.string() }).optional() });

export class ExecutionApi {
  constructor(private readonly tunnel: Tunnel) {}

  private async call<T>(schema: z.ZodType<T>, method: string, params: readonly unknown[] = []): Promise<T> {
    const { body } = await this.tunnel.send("POST", "/", { jsonrpc: "2.0", id: 1, method, params });
    const answer = answerSchema.parse(JSON.parse(body));
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return schema.parse(answer.result);
  }

  version = () => this.call(z.string(), "web3_clientVersion");
  chainId = () => this.call(quantity, "eth_chainId");
  block = () => this.call(quantity, "eth_blockNumber");
  peers = () => this.call(quantity, "net_peerCount");

  /** False, or how far it is. */
  async syncing(): Promise<boolean> {
    return (await this.call(z.union([z.literal(false), z.looseObject({})]), "eth_syncing")) !== false;
  }

  /** Hash of block 0. */
  async genesisHash(): Promise<string> {
    return (await this.call(z.looseObject({ hash: z.string() }), "eth_getBlockByNumber", ["0x0", false])).hash;
  }
}

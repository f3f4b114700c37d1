// How peers find the seed node: an enode and an ENR, made from its node keys and addresses.

import { secp256k1 } from "@noble/curves/secp256k1.js";

export interface Bootnode {
  /** 64 hex digits. */
  readonly executionKey: string;
  readonly beaconKey: string;
  readonly executionAddress: string;
  readonly beaconAddress: string;
  readonly ports: { readonly execution: number; readonly beacon: number; readonly quic: number };
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

/** `enode://<public key>@<address>:<port>`. */
export function enodeOf(node: Bootnode): string {
  const point = secp256k1.getPublicKey(bytes(node.executionKey), false).subarray(1);
  return `enode://${Buffer.from(point).toString("hex")}@${node.executionAddress}:${node.ports.execution}`;
}

/** The record of discovery v5 (EIP-778). */
export async function enrOf(node: Bootnode): Promise<string> {
  const { SignableENR } = await import("@chainsafe/enr");
  const record = SignableENR.createV4(bytes(node.beaconKey));
  record.ip = node.beaconAddress;
  record.tcp = node.ports.beacon;
  record.udp = node.ports.beacon;
  record.quic = node.ports.quic;
  return record.encodeTxt();
}

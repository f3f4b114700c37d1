// The job behind the JWT secret of an external execution client: from the stack's configuration into its volume.

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { JWT_FILE, USERS } from "../../clients/spec";
import { jwtDigits } from "../../config/settings";
import { HostChannel } from "../host/channel";
import { deliver } from "../host/deliver";
import { configured } from "./configured";
import { deliverJwtInput, readInput } from "./input";

const FILE = basename(JWT_FILE);
const { gid } = USERS.beacon;

/** As the secret that is made on the host: root's, readable by the group of those who use it. */
const PLACE = [`chown 0:${gid} ${FILE}; chmod 0440 ${FILE}`, `mv -f ${FILE} ../${FILE}`];

/** @returns the secret's fingerprint, the first 16 hex digits of the file's SHA-256. */
export async function deliverJwt(): Promise<string> {
  const { owner, uri, image, volume, generation } = readInput(deliverJwtInput);
  const secret = await configured(owner.stack, "executionJwtSecret", "The JWT secret of the execution client");
  const file = Buffer.from(jwtDigits(secret));
  await deliver(
    new HostChannel(uri),
    {
      what: "The delivery of the JWT secret",
      owner,
      job: "jwt",
      generation,
      image,
      volume,
      folder: ".",
      uid: 0,
      gid,
      mode: "0400",
      place: PLACE,
    },
    new Map([[FILE, file]]),
  );
  return createHash("sha256").update(file).digest("hex").slice(0, 16);
}

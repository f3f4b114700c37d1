// The JWT secret of an external execution client, from the configuration to its volume: the scripts run for real.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deliverJwt } from "../../../../operations/jobs/deliver-jwt";
import { DockerHere } from "../../../support/docker-here";
import { ownFolder } from "../../../support/folder";
import { pulumiHere } from "../../../support/pulumi-here";

const folder = ownFolder("deliver-jwt");
const docker = new DockerHere(join(folder, "docker"));
const SECRET = "0123456789abcdef".repeat(4);

const pulumi = pulumiHere(folder);
beforeAll(() => {
  process.env.EPHEMERY_JOB = JSON.stringify({
    owner: { host: "local", stack: "test", id: "0badcafe" },
    uri: "unix:///nowhere",
    image: "tools",
    generation: "166-00000000",
    volume: "jwt",
    jwtDigest: "0123456789abcdef",
  });
});
afterAll(() => {
  delete process.env.EPHEMERY_JOB;
});

const volume = docker.volume("jwt");
const file = join(volume, "jwt.hex");

test.each([
  ["as 64 digits", SECRET],
  ["with 0x before it", `0x${SECRET}`],
  ["in capitals", SECRET.toUpperCase()],
])(
  "promise 8: the secret, given %s, is the file both clients read, and nothing but its fingerprint is told",
  async (_, given) => {
    pulumi(`[ "$*" = "config get ephemery:executionJwtSecret --stack test --non-interactive" ] && echo ${given}`);
    docker.calls();
    const told = await deliverJwt();
    expect(readFileSync(file, "utf8")).toBe(SECRET);
    expect((statSync(file).mode & 0o777).toString(8)).toBe("440");
    expect(readdirSync(volume)).toEqual(["jwt.hex"]);
    expect(told).toBe(createHash("sha256").update(SECRET).digest("hex").slice(0, 16));
    expect(JSON.stringify(docker.calls()).toLowerCase()).not.toContain(SECRET);
  },
);

test("a secret that can't be read is a failure that says why, and the one that is there stays", async () => {
  pulumi("echo 'error: incorrect passphrase' >&2; exit 255");
  await expect(deliverJwt()).rejects.toMatchObject({
    code: "keys",
    message: expect.stringContaining("error: incorrect passphrase"),
  });
  expect(readFileSync(file, "utf8")).toBe(SECRET);
});

test.each(["error: EOF", "error: unexpected end of JSON input"])(
  "a state that the update is writing just then (%s) is read again",
  async (said) => {
    const asked = join(folder, "asked");
    writeFileSync(asked, "");
    pulumi(
      `echo again >> ${asked}; [ "$(wc -l < ${asked})" = 3 ] && echo ${SECRET} && exit; echo '${said}' >&2; exit 255`,
    );
    await deliverJwt();
    expect(readFileSync(asked, "utf8").split("again").length - 1).toBe(3);
    expect(readFileSync(file, "utf8")).toBe(SECRET);
  },
);

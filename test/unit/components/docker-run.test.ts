// One-shot containers pass secrets between a volume and this program: nothing of that may stay behind.

import { dockerRunArgs } from "../../../components/docker-run";

const OWNER = { host: "local", stack: "test", id: "0123abcd" };

test("what a one-shot container prints is in no log of the host's", () => {
  const args = dockerRunArgs({
    owner: OWNER,
    role: "job",
    image: "tools",
    network: "none",
    mounts: [{ volume: "keys", path: "/keys", readOnly: true }],
    command: ["cat", "/keys/password.txt"],
  });
  const options = args.slice(0, args.indexOf("tools"));
  expect(options).toEqual(expect.arrayContaining(["run", "--rm", "--log-driver=none"]));
});

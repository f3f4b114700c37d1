// A rehearsal's seed is one for all clones of a machine, though each has a stack of its name.

import { withRunLock } from "../../../operations/run-lock";
import { withSeedLock } from "../../../rehearsal/seed";
import { ownFolder } from "../../support/folder";

ownFolder("seed-lock");
const { PULUMI_BACKEND_URL: before } = process.env;
afterEach(() => {
  if (before === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = before;
});

const work = async (): Promise<string> => "done";

test("another clone waits with its seed, and a reset of the same stack with it", async () => {
  await withSeedLock("dev-seed", "rehearse start", async () => {
    await expect(withRunLock("dev-seed", "reset", work)).rejects.toMatchObject({ code: "locked" });
    process.env.PULUMI_BACKEND_URL = "file:///another/clone";
    await expect(withSeedLock("dev-seed", "rehearse stop", work)).rejects.toMatchObject({ code: "locked" });
    await expect(withSeedLock("other-seed", "rehearse stop", work)).resolves.toBe("done");
  });
  await expect(withSeedLock("dev-seed", "rehearse stop", work)).resolves.toBe("done");
});

// A tarball that is not the one its source names is a refusal of its own, and not a source that is silent.

import { createServer } from "node:http";
import { ReleaseCache } from "../../../../chain/release/cache";
import { resolveRelease } from "../../../../chain/release/resolve";

const NAMED = "a".repeat(64);

test("a tarball with another digest than the source's API names is refused, with both digests", async () => {
  const tarball = Buffer.from([0x1f, 0x8b, 0]);
  const server = createServer((request, response) => {
    if (request.url?.startsWith("/api/"))
      response.end(JSON.stringify({ assets: [{ name: "network-config.tar.gz", digest: `sha256:${NAMED}` }] }));
    else response.end(tarball);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("a server that listens has a port");
    const source = `http://127.0.0.1:${address.port}/some/repository`;
    const resolved = resolveRelease(166, { sources: [source], clock: undefined, cache: new ReleaseCache("/nowhere") });
    await expect(resolved).rejects.toMatchObject({
      code: "release-refused",
      message: expect.stringMatching(new RegExp(`${source}[\\s\\S]*${NAMED}`)),
    });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

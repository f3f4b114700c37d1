// Probes that use what an image has: busybox wget, or bash with /dev/tcp.

/** `sh` with wget, as in Alpine images: the answer to a JSON-RPC call contains a text. */
export function rpcAnswers(port: number, method: string, text: string): readonly string[] {
  const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] });
  return [
    "CMD-SHELL",
    `wget -q -O - --header=Content-Type:application/json --post-data='${call}' http://127.0.0.1:${port} | grep -qi '${text}'`,
  ];
}

/**
 * A shell that knows /dev/tcp: the answer to a GET contains a text.
 *
 * @param shell bash under the name it has in the image.
 */
export function httpAnswers(shell: string, port: number, path: string, text: string): readonly string[] {
  const request = `GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\nAccept: application/json\\r\\n\\r\\n`;
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf '${request}' >&3`,
    "found=1",
    `while IFS= read -r -t 3 line <&3 || [ -n "$line" ]; do case "$line" in *'${text}'*) found=0; break;; esac; done`,
    "exit $found",
  ].join("; ");
  return ["CMD", shell, "-c", script];
}

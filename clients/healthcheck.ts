// Probes that use what an image has: busybox wget, or bash with /dev/tcp.

const rpcCall = (method: string): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: [] });

/** `sh` with wget, as in Alpine images: the answer to a JSON-RPC call contains a text. */
export function rpcAnswers(port: number, method: string, text: string): readonly string[] {
  return [
    "CMD-SHELL",
    `wget -q -O - --header=Content-Type:application/json --post-data='${rpcCall(method)}' http://127.0.0.1:${port} | grep -qi '${text}'`,
  ];
}

/**
 * The same, by a shell that knows /dev/tcp.
 *
 * @param shell bash under the name it has in the image.
 */
export function rpcAnswersBy(shell: string, port: number, method: string, text: string): readonly string[] {
  const call = rpcCall(method);
  const head = [
    "POST / HTTP/1.0",
    "Host: localhost",
    "Content-Type: application/json",
    `Content-Length: ${call.length}`,
  ];
  return answersBy(shell, port, [...head, "", call].join("\\r\\n"), text);
}

/**
 * A shell that knows /dev/tcp: the answer to a GET contains a text.
 *
 * @param shell bash under the name it has in the image.
 */
export function httpAnswers(shell: string, port: number, path: string, text: string): readonly string[] {
  const head = [`GET ${path} HTTP/1.0`, "Host: localhost", "Accept: application/json"];
  return answersBy(shell, port, [...head, "", ""].join("\\r\\n"), text);
}

function answersBy(shell: string, port: number, request: string, text: string): readonly string[] {
  const script = [
    `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    `printf '${request}' >&3`,
    "found=1",
    `while IFS= read -r -t 3 line <&3 || [ -n "$line" ]; do case "$line" in *'${text}'*) found=0; break;; esac; done`,
    "exit $found",
  ].join("; ");
  return ["CMD", shell, "-c", script];
}

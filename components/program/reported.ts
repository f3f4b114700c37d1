// The one place through which failures leave the program: a message and a remedy, never a stack trace.

import * as pulumi from "@pulumi/pulumi";
import { toProblem } from "../../config/problem";

/**
 * Runs the program. A thrown error would cost the Node host many seconds of formatting and print
 * where in the code it came from; one whose stack is its message costs nothing and prints just that.
 */
export function reported<T>(program: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await program();
    } catch (thrown) {
      if (pulumi.RunError.isInstance(thrown)) throw thrown;
      const failure = new pulumi.RunError(toProblem(thrown).text);
      failure.stack = failure.message;
      throw failure;
    }
  };
}

// A transform for jest that does to a TypeScript file what Node does: it leaves the types out, and every line where it was.
import { stripTypeScriptTypes } from 'node:module';

const process = (code) => ({ code: stripTypeScriptTypes(code) });

export default { process, processAsync: async (code) => process(code) };

/** http2-proxy has no types of its own. Only what forward.ts uses. */
declare module 'http2-proxy' {
  import type { Readable } from 'node:stream';

  interface ProxiedRequest {
    method: string;
    path: string;
    headers: Record<string, string | string[]>;
  }
  interface ProxiedResponse extends Readable {
    statusCode: number;
    headers: Record<string, string | string[]>;
  }
  const proxy: {
    web(
      request: unknown,
      response: unknown,
      options: {
        onReq: (request: unknown, proxied: ProxiedRequest) => unknown;
        onRes: (request: unknown, response: unknown, proxied: ProxiedResponse) => void;
      },
    ): Promise<void>;
  };
  export default proxy;
}

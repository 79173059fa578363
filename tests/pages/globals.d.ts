/** What the widget's loader gives to its host page. */
interface FrontdeskApi {
  open(): void;
  close(): void;
  show(words?: string): void;
  on(event: "open" | "close" | "message" | "unread" | "state", listener: (detail: any) => void): () => void;
  identify(jwt: string): void;
  shutdown(): void;
}

interface Window {
  Frontdesk?: FrontdeskApi;
}

/** What sound worklets have, which TypeScript's DOM library leaves out. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

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

import { afterEach, beforeEach, expect, test, vi } from "vitest";

const sessionApi = { read: vi.fn() };
const session = { lock: vi.fn(() => Promise.resolve()) };
vi.mock("../api/session", () => ({ sessionApi }));
vi.mock("./session", () => ({ session }));
const { Activity } = await import("./activity");

const IDLE_LOCK_S = 600;
let stop = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", new EventTarget());
  session.lock.mockClear();
});

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function after(seconds: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1000);
}

test("locks after the time without a touch in any tab", async () => {
  sessionApi.read.mockImplementation(() => Promise.resolve({ idle_s: 560 }));
  stop = new Activity().watch(IDLE_LOCK_S);
  await after(599);
  expect(session.lock).not.toHaveBeenCalled();
  await after(2);
  expect(session.lock).toHaveBeenCalled();
});

test("does not lock while somebody works in another tab, and does once they stopped", async () => {
  sessionApi.read.mockImplementation(() => Promise.resolve({ idle_s: 20 }));
  stop = new Activity().watch(IDLE_LOCK_S);
  await after(605);
  expect(session.lock).not.toHaveBeenCalled();
  sessionApi.read.mockImplementation(() => Promise.resolve({ idle_s: 600 }));
  await after(570);
  expect(session.lock).not.toHaveBeenCalled();
  await after(15);
  expect(session.lock).toHaveBeenCalled();
});

test("locks where the centre does not answer", async () => {
  sessionApi.read.mockImplementation(() => Promise.reject(new Error("away")));
  stop = new Activity().watch(IDLE_LOCK_S);
  await after(602);
  expect(session.lock).toHaveBeenCalled();
});

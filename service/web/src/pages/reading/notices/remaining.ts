/** How much time is left to tell an urgent finding, by the centre's clock. */

import { useEffect, useState } from "react";

const TICK_MS = 1000;

/** Seconds as `7:42` or `1:07:42`, without a sign. */
export function clock(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds));
  const two = (number: number): string => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Seconds since an answer came, counted on while it is shown; a new answer begins at 0. */
export function useSecondsSince(answer: unknown, isRunning: boolean): number {
  const [counted, setCounted] = useState({ answer, seconds: 0 });
  useEffect(() => {
    if (!isRunning) return undefined;
    const beganMs = Date.now();
    const timer = setInterval(() => setCounted({ answer, seconds: (Date.now() - beganMs) / 1000 }), TICK_MS);
    return () => clearInterval(timer);
  }, [answer, isRunning]);
  return counted.answer === answer ? counted.seconds : 0;
}

import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";

import type { ImagePlace } from "../../api/reading";
import { type Action, keyboard } from "../../app/keyboard";
import type { ReadingSearch } from "../../app/router";
import { FirstWindow, type Led, type Shown, type Stroke } from "./companion";
import type { Findings } from "./useFindings";

const NAME = "consilium-images-";
/** From one examination to the next the second window stays. */
let wasThere = false;

export interface SecondWindowControl {
  /** The images are in the second window. */
  isThere: boolean;
  open: () => void;
  /** Closes the second window, so that the images come back. */
  bringBack: () => void;
}

interface Asked {
  hospital: string;
  study: string;
  findings: Findings;
  isOverlayShown: boolean;
  drawn: Led["drawn"];
  isTaken: boolean;
  onMarked: (place: ImagePlace) => void;
  onStroke: (stroke: Stroke) => void;
}

/** A window for the images alone, on another screen, in step with this one. */
export function useSecondWindow({ hospital, study, findings, isOverlayShown, drawn, isTaken, onMarked, onStroke }: Asked): SecondWindowControl {
  const navigate = useNavigate();
  const [isThere, setThere] = useState(wasThere);
  const first = useRef<FirstWindow | null>(null);
  const opened = useRef<Window | null>(null);
  const heard = useRef({ onMarked, onStroke });
  useEffect(() => {
    heard.current = { onMarked, onStroke };
  });
  useEffect(() => {
    const handlers = {
      onPresence: (isPresent: boolean) => {
        wasThere = isPresent;
        setThere(isPresent);
      },
      onShown: (shown: Shown) => {
        if (shown.study !== study) return;
        void navigate({ to: ".", search: (now: ReadingSearch) => ({ ...rendererOf(now), ...shown.search }), replace: true });
      },
      onPressed: (action: Action) => keyboard.perform(action),
      onMarked: (place: ImagePlace) => heard.current.onMarked(place),
      onStroke: (stroke: Stroke) => heard.current.onStroke(stroke),
    };
    const opening = new FirstWindow(new BroadcastChannel(pairName()), handlers, wasThere);
    first.current = opening;
    return () => opening.close();
  }, [navigate, study]);
  const finding = useCounted(findings);
  useEffect(() => {
    const led: Led = { hospital, study, finding, isOverlayShown, drawn, isTaken };
    first.current?.lead(led);
  }, [hospital, study, finding, isOverlayShown, drawn, isTaken]);
  const open = useCallback(() => {
    const address = new URL(location.href);
    address.searchParams.set("window", "images");
    opened.current = window.open(address, pairName(), "popup,width=1600,height=1200");
  }, []);
  const bringBack = useCallback(() => {
    // By its name, since whoever opened it may have been loaded anew; an address is left out so that it stays.
    const found = opened.current ?? window.open("", pairName());
    found?.close();
    setThere(false);
  }, []);
  return { isThere, open, bringBack };
}

/** The chosen finding, another object with every choice. */
function useCounted({ chosen, target }: Findings): Led["finding"] {
  const count = useRef(0);
  const [counted, setCounted] = useState<Led["finding"]>(null);
  const uid = chosen?.tracking_uid ?? null;
  useEffect(() => {
    count.current += 1;
    setCounted(uid === null ? null : { uid, count: count.current });
  }, [uid, target]);
  return counted;
}

/** Names the channel of this tab and its second window; another tab has another one. It outlives a reload. */
function pairName(): string {
  const known = sessionStorage.getItem(NAME);
  if (known !== null) return known;
  const made = `${NAME}${Math.random().toString(36).slice(2)}`;
  sessionStorage.setItem(NAME, made);
  return made;
}

/** In the second window: the name it was opened under; null where somebody typed its address. */
export function pairOfThisWindow(): string | null {
  return window.name.startsWith(NAME) ? window.name : null;
}

function rendererOf({ renderer }: ReadingSearch): ReadingSearch {
  return renderer === undefined ? {} : { renderer };
}

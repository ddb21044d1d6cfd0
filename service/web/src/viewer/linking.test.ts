import { describe, expect, it } from "vitest";

import { firstShiftMm, type LinkedArea, nearestSlice, StackLink } from "./linking";
import type { Course, SliceStack, Vector } from "./slices";

const HEAD: Vector = [0, 0, 1];

function course(topMm: number, spacingMm: number, count: number, frameOfReference = "1.2", normal = HEAD): Course {
  return { normal, frameOfReference, placesMm: Array.from({ length: count }, (_, index) => topMm - spacingMm * index) };
}

function stack(of: Course | null): SliceStack {
  return { slices: [], course: of, spacingMm: null, isUneven: false };
}

/** An area that tells the link of each slice it shows, as a viewport does after drawing. */
class Area implements LinkedArea {
  index = 0;
  told: () => void = () => undefined;
  asked = 0;
  jumpTo(index: number): void {
    this.asked += 1;
    this.index = index;
    this.told();
  }
}

function linked(...courses: (Course | null)[]): { link: StackLink; areas: Area[] } {
  const link = new StackLink();
  const areas = courses.map((each, at) => {
    const area = new Area();
    link.add(String(at), area, stack(each));
    area.told = () => link.moved(String(at));
    return area;
  });
  return { link, areas };
}

describe("stacks that are scrolled together", () => {
  it("show the same place within half a slice, whatever their spacing", () => {
    const thin = course(100, 1.25, 160);
    const thick = course(98, 5, 40);
    const { areas } = linked(thin, thick);
    for (let index = 0; index < 160; index += 7) {
      areas[0]?.jumpTo(index);
      const wanted = thin.placesMm[index] ?? 0;
      const shown = thick.placesMm[areas[1]?.index ?? 0] ?? 0;
      if (wanted <= 98 && wanted >= 98 - 195) expect(Math.abs(shown - wanted)).toBeLessThanOrEqual(2.5);
    }
  });

  it("follow whichever is moved, and the one moved stays where it was put", () => {
    const { areas } = linked(course(100, 1.25, 160), course(100, 5, 40));
    areas[1]?.jumpTo(10);
    expect(areas[0]?.index).toBe(40);
    areas[0]?.jumpTo(41);
    expect(areas[0]?.index).toBe(41);
    expect(areas[1]?.index).toBe(10);
  });

  it("stay at their end where the other goes beyond it", () => {
    const { areas } = linked(course(100, 1, 200), course(100, 1, 50));
    areas[0]?.jumpTo(150);
    expect(areas[1]?.index).toBe(49);
  });

  it("are left alone where they run in another direction or have no place", () => {
    const { areas } = linked(course(0, 1, 50), course(0, 1, 50, "1.2", [0, -1, 0]), null);
    areas[0]?.jumpTo(20);
    expect(areas.map(({ asked }) => asked)).toEqual([1, 0, 0]);
  });

  it("are scrolled alone while the link is off, and keep their distance when it is on again", () => {
    const { link, areas } = linked(course(0, 1, 100), course(0, 1, 100, "another table"));
    link.turnOff();
    areas[1]?.jumpTo(15);
    expect(areas[0]?.index).toBe(0);
    link.align("0");
    areas[0]?.jumpTo(30);
    expect(areas[1]?.index).toBe(45);
  });

  it("come together again where the images say their common place", () => {
    const { link, areas } = linked(course(0, 1, 100), course(0, 1, 100));
    link.turnOff();
    areas[1]?.jumpTo(15);
    link.align("0");
    expect(areas[1]?.index).toBe(0);
  });

  it("begin where the first one is, and move nobody by coming", () => {
    const link = new StackLink();
    const [a, b] = [new Area(), new Area()];
    a.index = 40;
    link.add("a", a, stack(course(0, 1, 100)));
    b.told = () => link.moved("b");
    link.add("b", b, stack(course(0, 5, 20)));
    link.moved("b");
    expect([a.index, b.index]).toEqual([40, 8]);
  });

  it("stay where they are when a follower is told twice of its arrival", () => {
    const { link, areas } = linked(course(0, 1, 100), course(0, 5, 20));
    areas[0]?.jumpTo(42);
    link.moved("1");
    link.moved("1");
    expect(areas.map(({ index }) => index)).toEqual([42, 8]);
  });

  it("no longer move what was taken out", () => {
    const link = new StackLink();
    const [a, b] = [new Area(), new Area()];
    link.add("a", a, stack(course(0, 1, 9)));
    link.add("b", b, stack(course(0, 1, 9)))();
    a.index = 5;
    link.moved("a");
    expect(b.index).toBe(0);
  });
});

describe("an examination from another table", () => {
  it("is taken as it lies where it covers much the same stretch", () => {
    expect(firstShiftMm(course(0, 1, 300), course(-40, 1, 300, "another"))).toBe(0);
  });

  it("is laid middle beside middle where its places are of another table", () => {
    expect(firstShiftMm(course(0, 1, 301), course(1500, 1, 201, "another"))).toBe(-150 - 1400);
  });
});

it("the nearest slice is found at the ends and between", () => {
  expect(nearestSlice([10, 5, 0], 99)).toBe(0);
  expect(nearestSlice([10, 5, 0], 3)).toBe(1);
  expect(nearestSlice([10, 5, 0], -99)).toBe(2);
});

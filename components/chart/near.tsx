"use client";

import { type ReactNode, Suspense, useEffect, useRef, useState } from "react";

interface NearProps {
  /** px that its content will take, about: nothing jumps when it comes. */
  height: number;
  children: ReactNode;
}

/** Shows its content, code and data included, only once it comes near the window. */
export function Near({ height, children }: NearProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (near) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), {
      rootMargin: "400px",
    });
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, [near]);
  const room = <div aria-hidden className="skeleton m-3.5" style={{ height: height - 28 }} />;
  return (
    <div ref={ref} className="grid grid-cols-[minmax(0,1fr)]" style={{ minHeight: near ? undefined : height }}>
      {near && <Suspense fallback={room}>{children}</Suspense>}
    </div>
  );
}

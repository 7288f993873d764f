/** Room for names on the left of what shares the time axis, px. */
export function gutter(width: number): number {
  return width < 480 ? 102 : 128;
}

/** A canvas of this size in CSS pixels, sharp on the screen it is on, cleared. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.inlineSize = `${width}px`;
  canvas.style.blockSize = `${height}px`;
  const context = canvas.getContext('2d')!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The text, shortened in its middle until it fits. */
export function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  for (let kept = text.length - 1; kept > 1; kept -= 1) {
    const shorter = `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
    if (context.measureText(shorter).width <= width) return shorter;
  }
  return '…';
}

/** A dashed upright line: from here on nothing fails. */
export function dashedLine(
  context: CanvasRenderingContext2D,
  x: number,
  height: number,
  stroke: string,
): void {
  context.strokeStyle = stroke;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
  context.setLineDash([]);
}

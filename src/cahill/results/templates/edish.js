(() => {
  const data = JSON.parse(document.getElementById("edish-data").textContent);
  const sheet = document.createElement("style");
  sheet.textContent = `
    .edish * { pointer-events: none; }
    .edish .edish-point > circle { pointer-events: all; }
    .edish-point { cursor: pointer; outline: none; }
    .edish-point circle { fill: transparent; stroke: none; }
    .edish-point:focus-visible circle, .edish-point.chosen circle { stroke: var(--ink); stroke-width: 1.5; }
    .edish-tip { position: fixed; z-index: 9; max-width: min(340px, 90vw); padding: 8px 12px; border: 1px solid var(--faint);
      border-radius: 8px; background: var(--node); color: var(--ink); font-size: .88rem; line-height: 1.45; pointer-events: none; }
    .edish-tip p { margin: 0; } .edish-tip p:first-child { font-weight: 650; }
    .edish-course { border: 1px solid var(--grid); border-radius: 10px; padding: 12px 16px; margin-top: 12px; }
    .edish-course h3 { margin: 0 0 .25rem; font-size: 1.05rem; } .edish-course p { margin: 0 0 .25rem; font-size: .92rem; }
    .edish-course text { fill: var(--ink); font-size: 12px; } .edish-course .soft { fill: var(--muted); }
    .edish-course .scroll { border: 0; } .edish-course svg { min-width: 560px; max-width: 900px; }`;
  document.head.append(sheet);
  const tip = document.createElement("div");
  tip.className = "edish-tip"; tip.hidden = true; tip.setAttribute("role", "status");
  document.body.append(tip);
  const shades = { ALT: "--series-2", AST: "--series-5", ALP: "--series-3", TBL: "--series-4" };
  const space = "http://www.w3.org/2000/svg";
  const draw = (parent, name, attributes, text) => {
    const node = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };
  const write = (parent, lines) => parent.replaceChildren(...lines.map(line => {
    const row = document.createElement("p");
    row.textContent = line;
    return row;
  }));

  function place(target) {
    const box = target.getBoundingClientRect();
    tip.hidden = false;
    const left = Math.min(box.right + 8, innerWidth - tip.offsetWidth - 8);
    const above = box.top - tip.offsetHeight - 8;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above > 8 ? above : Math.min(box.bottom + 8, innerHeight - tip.offsetHeight - 8)}px`;
  }

  function course(point) {
    const svg = document.createElementNS(space, "svg"), wide = 860, tall = 300;
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `Course of ${point.lines[0]} in multiples of the upper limit of normal`);
    const shown = point.course, left = 52, right = wide - 90, top = 16, bottom = tall - 44;
    const days = shown.map(row => row[1]), multiples = shown.map(row => row[2]);
    const first = Math.min(...days), last = Math.max(...days, first + 1);
    const low = Math.min(0.2, ...multiples) / 1.15, high = Math.max(4, ...multiples) * 1.15;
    const x = day => left + (day - first) / (last - first) * (right - left);
    const y = value => bottom - Math.log(value / low) / Math.log(high / low) * (bottom - top);
    for (const tick of [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500]) {
      if (tick < low || tick > high) continue;
      const colour = tick === 1 ? "--faint" : "--grid";
      draw(svg, "line", { x1: left, x2: right, y1: y(tick), y2: y(tick), stroke: `var(${colour})` });
      draw(svg, "text", { x: left - 8, y: y(tick) + 4, "text-anchor": "end" }, tick);
    }
    draw(svg, "text", { x: 0, y: 0, transform: `translate(13 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "× ULN");
    const step = [1, 2, 5, 7, 14, 28, 56, 84, 168, 364, 728, 1820].find(width => (last - first) / width <= 9) || 3640;
    for (let day = Math.ceil(first / step) * step; day <= last; day += step)
      draw(svg, "text", { x: x(day), y: bottom + 18, "text-anchor": "middle" }, day);
    draw(svg, "text", { x: (left + right) / 2, y: tall - 6, "text-anchor": "middle" }, data.time);
    const ends = [];
    for (const test of Object.keys(shades)) {
      const own = shown.filter(row => row[0] === test);
      if (!own.length) continue;
      const colour = `var(${shades[test]})`, at = own.map(row => `${x(row[1])},${y(row[2])}`).join(" ");
      draw(svg, "polyline", { points: at, fill: "none", stroke: colour, "stroke-width": 1.6 });
      for (const row of own) {
        const dot = draw(svg, "circle", { cx: x(row[1]), cy: y(row[2]), r: 3.6, fill: colour });
        draw(dot, "title", {}, `${test} ${row[4]}, limit ${row[5]}, ${row[3]}`);
      }
      ends.push({ test, colour, y: y(own[own.length - 1][2]) });
    }
    ends.sort((a, b) => a.y - b.y).forEach((end, k) => {
      if (k && end.y < ends[k - 1].y + 14) end.y = ends[k - 1].y + 14;
      draw(svg, "text", { x: right + 10, y: end.y + 4, style: `fill: ${end.colour}; font-weight: 650` }, end.test);
    });
    return svg;
  }

  function show(node, point) {
    const figure = node.closest("figure");
    document.querySelectorAll(".edish-point.chosen").forEach(other => other.classList.remove("chosen"));
    node.classList.add("chosen");
    let panel = figure.querySelector(".edish-course");
    if (!panel) {
      panel = document.createElement("div");
      panel.className = "edish-course";
      panel.setAttribute("aria-live", "polite");
      figure.querySelector(".scroll").after(panel);
    }
    const text = document.createElement("div");
    write(text, point.lines.slice(1));
    const title = document.createElement("h3");
    title.textContent = point.lines[0];
    panel.replaceChildren(title, text);
    if (!point.course.length) return;
    const frame = document.createElement("div");
    frame.className = "scroll";
    frame.append(course(point));
    panel.append(frame);
  }

  for (const node of document.querySelectorAll('[id*="edish-point-"]')) {
    const point = data.points[node.id.split("edish-point-").pop()];
    if (!point) continue;
    const box = node.getBBox();
    draw(node, "circle", { cx: box.x + box.width / 2, cy: box.y + box.height / 2, r: 8 });
    node.classList.add("edish-point");
    node.ownerSVGElement.classList.add("edish");
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", point.lines.join("; "));
    const hint = () => { write(tip, point.lines); place(node); };
    const hide = () => { tip.hidden = true; };
    node.addEventListener("pointerenter", hint);
    node.addEventListener("focus", hint);
    node.addEventListener("pointerleave", hide);
    node.addEventListener("blur", hide);
    node.addEventListener("click", () => show(node, point));
    node.addEventListener("keydown", event => {
      if (event.key === "Escape") hide();
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      show(node, point);
    });
  }
})();

"use strict";

// The server sends all that is shown as one object whenever it changes; this file draws it.

const $ = (id) => document.getElementById(id);
let shown = { movies: [], state: "starting" };
let chosen = null; // output of the movie that is looked at
let movie = null; // its entry in `shown`
let video = null; // the element that plays
let coming = null; // the one that loads a newer version
let looping = false;
let peeking = null; // a video of its own, for thumbnails

// -- frames and times --------------------------------------------------------

const first = () => (movie ? movie.start || 0 : 0);
const count = () => (movie && movie.frames) || 0;
const rate = () => (movie && movie.fps) || 25;
const timeOf = (frame) => (frame - first() + 0.5) / rate(); // the middle of it: rounding must not show its neighbour
const frameAt = (time) => Math.min(first() + count() - 1, first() + Math.max(0, Math.floor(time * rate() + 1e-6)));

function current() {
  return video ? frameAt(video.currentTime) : first();
}

function seek(frame) {
  if (!video || !count()) return;
  const to = Math.min(first() + count() - 1, Math.max(first(), frame));
  video.currentTime = timeOf(to);
  drawPlayhead(to);
}

function step(frames) {
  if (!video) return;
  video.pause();
  seek(current() + frames);
}

function toggle() {
  if (!video) return;
  if (video.paused) video.play().catch(() => {});
  else video.pause();
}

// -- what the last edit changed -----------------------------------------------

function changedSpans() {
  const spans = [];
  for (const block of (movie && movie.blocks) || []) {
    for (const [from, to] of block.different || []) {
      const last = spans[spans.length - 1];
      if (last && last[1] >= from) last[1] = Math.max(last[1], to);
      else spans.push([from, to]);
    }
  }
  return spans;
}

function keepInLoop() {
  if (!looping || !video || video.paused) return;
  const spans = changedSpans();
  if (!spans.length) return;
  const at = current();
  if (spans.some(([from, to]) => at >= from && at < to)) return;
  const next = spans.find(([from]) => from > at) || spans[0];
  seek(next[0]);
}

function setLoop(on) {
  looping = on && changedSpans().length > 0;
  $("loop").setAttribute("aria-pressed", looping);
  if (looping && video) {
    keepInLoop();
    if (video.paused) { seek(changedSpans()[0][0]); video.play().catch(() => {}); }
  }
}

// -- the movie, swapped in place ----------------------------------------------

function load(version) {
  if (coming) { coming.remove(); coming.removeAttribute("src"); }
  const next = document.createElement("video");
  coming = next;
  next.muted = true;
  next.loop = true;
  next.playsInline = true;
  next.preload = "auto";
  next.className = "coming";
  next.dataset.version = version;
  next.src = `movie/${version}`;
  const reveal = () => {
    if (coming !== next) return;
    const plays = video ? !video.paused : true;
    if (video) { video.pause(); video.remove(); video.removeAttribute("src"); video.load(); }
    video = next;
    coming = null;
    next.className = "";
    next.playbackRate = Number($("speed").value);
    $("empty").hidden = true;
    if (plays) next.play().catch(() => {});
    drawPlay();
    drawPlayhead(current());
  };
  next.addEventListener("loadeddata", () => {
    if (!video) { reveal(); return; }
    next.addEventListener("seeked", reveal, { once: true });
    next.currentTime = Math.min(timeOf(current()), Math.max(0, next.duration - 0.001)); // at the same frame
  }, { once: true });
  next.addEventListener("error", () => {
    if (coming !== next) return;
    coming = null;
    next.remove();
    $("empty").textContent = "This browser cannot play the codec of this movie. Open the file in a video player.";
    $("empty").hidden = Boolean(video);
  });
  for (const event of ["play", "pause"]) next.addEventListener(event, drawPlay);
  $("stage").append(next);
  peeking = null;
}

function tick() {
  if (video && !video.seeking) {
    drawPlayhead(current());
    keepInLoop();
  }
  requestAnimationFrame(tick);
}

// -- drawing ------------------------------------------------------------------

function drawPlay() {
  $("play").textContent = video && !video.paused ? "pause" : "play";
}

let told = -1;
function drawPlayhead(frame) {
  if (!count()) return;
  $("playhead").hidden = false;
  $("playhead").style.left = `${((frame - first() + 0.5) / count()) * 100}%`;
  if (frame === told) return;
  told = frame;
  $("frame").textContent = `frame ${frame} of ${first() + count() - 1}`;
  $("strip").setAttribute("aria-valuenow", frame);
}

function drawStatus() {
  const words = {
    starting: "starting", building: "building", ready: "up to date", failed: "failed; showing the last good movie",
    ended: "iparsave has stopped", lost: "connection lost",
  };
  let said = words[shown.state] || shown.state;
  if (shown.state === "building" && shown.detail) said += `: ${shown.detail}`;
  if (shown.state === "ready") {
    if (shown.seconds !== null) said = `built in ${shown.seconds} s`;
    if (shown.detail) said += ` (${shown.detail})`;
  }
  if (shown.draft) said += ", draft";
  $("status").dataset.state = shown.state;
  $("said").textContent = said;
  $("script").textContent = shown.script;
  document.title = `${shown.state === "failed" ? "✗ " : shown.state === "building" ? "… " : ""}${shown.script}`;
  $("error").hidden = !shown.error;
  $("error").textContent = shown.error;
  $("draft").checked = Boolean(shown.drafts);
}

function drawMovies() {
  const nav = $("movies");
  nav.hidden = shown.movies.length < 2;
  nav.replaceChildren(...shown.movies.map((each) => {
    const button = document.createElement("button");
    button.textContent = each.output;
    button.setAttribute("aria-current", each.output === chosen);
    button.addEventListener("click", () => choose(each.output));
    return button;
  }));
}

function drawStrip() {
  const blocks = $("blocks");
  const wanted = (movie && movie.blocks) || [];
  while (blocks.children.length > wanted.length) blocks.lastChild.remove();
  while (blocks.children.length < wanted.length) blocks.append(document.createElement("i"));
  wanted.forEach((block, index) => {
    const cell = blocks.children[index];
    cell.dataset.state = block.state;
    cell.style.flexGrow = block.stop - block.first;
    cell.title = "";
  });
  const spans = changedSpans();
  $("marks").replaceChildren(...spans.map(([from, to]) => {
    const mark = document.createElement("b");
    mark.style.left = `${((from - first()) / count()) * 100}%`;
    mark.style.width = `${((to - from) / count()) * 100}%`;
    return mark;
  }));
  $("loop").disabled = !spans.length;
  if (!spans.length && looping) setLoop(false);
  $("strip").setAttribute("aria-valuemin", first());
  $("strip").setAttribute("aria-valuemax", first() + Math.max(0, count() - 1));
}

function choose(output) {
  chosen = output;
  if (video) { video.remove(); video = null; }
  if (coming) { coming.remove(); coming = null; }
  told = -1;
  draw();
}

function draw() {
  if (!shown.movies.some((each) => each.output === chosen)) chosen = shown.movies.length ? shown.movies[0].output : null;
  movie = shown.movies.find((each) => each.output === chosen) || null;
  drawStatus();
  drawMovies();
  drawStrip();
  const version = movie && movie.version;
  const have = coming ? coming.dataset.version : video ? video.dataset.version : null;
  if (version && String(version) !== have) load(version);
}

// -- the strip under the pointer ------------------------------------------------

function frameUnder(event) {
  const box = $("strip").getBoundingClientRect();
  const share = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
  return first() + Math.floor(share * count());
}

function peek(event) {
  if (!count() || !movie.version) return;
  const frame = frameUnder(event);
  const box = $("strip").getBoundingClientRect();
  const block = movie.blocks.findIndex((each) => frame >= each.first && frame < each.stop);
  $("peek").hidden = false;
  const half = $("peek").offsetWidth / 2;
  $("peek").style.left = `${Math.min(box.width - half, Math.max(half, event.clientX - box.left))}px`;
  $("where").textContent = `frame ${frame}, block ${block}`;
  if (!peeking) {
    peeking = document.createElement("video");
    peeking.muted = true;
    peeking.preload = "auto";
    peeking.src = `movie/${movie.version}`;
    peeking.addEventListener("seeked", drawThumbnail);
    peeking.addEventListener("loadeddata", () => { peeking.currentTime = timeOf(peeking.wanted); });
  }
  peeking.wanted = frame;
  if (peeking.readyState >= 1 && !peeking.seeking) peeking.currentTime = timeOf(frame);
}

function drawThumbnail() {
  const canvas = $("thumbnail");
  canvas.height = Math.max(1, Math.round((canvas.width * peeking.videoHeight) / Math.max(1, peeking.videoWidth)));
  canvas.getContext("2d").drawImage(peeking, 0, 0, canvas.width, canvas.height);
  canvas.dataset.frame = frameAt(peeking.currentTime);
  if (frameAt(peeking.currentTime) !== peeking.wanted) peeking.currentTime = timeOf(peeking.wanted);
}

let dragging = false;
$("strip").addEventListener("pointerdown", (event) => {
  dragging = true;
  $("strip").setPointerCapture(event.pointerId);
  seek(frameUnder(event));
});
$("strip").addEventListener("pointermove", (event) => {
  if (dragging) seek(frameUnder(event));
  peek(event);
});
$("strip").addEventListener("pointerup", () => { dragging = false; tellPlayhead(); });
$("strip").addEventListener("pointerleave", () => { $("peek").hidden = true; });

// -- asking ---------------------------------------------------------------------

function ask(action, said = {}) {
  fetch(`do/${action}`, {
    method: "POST", headers: { "content-type": "application/json", "x-iparsave": "1" }, body: JSON.stringify(said),
  }).catch(() => {});
}

let toldPlayhead = -1;
function tellPlayhead() {
  const frame = current();
  if (frame !== toldPlayhead && count()) { toldPlayhead = frame; ask("playhead", { output: chosen, frame }); }
}
setInterval(tellPlayhead, 2000);

// -- keys and buttons -------------------------------------------------------------

const speeds = [...$("speed").options].map((option) => option.value);
function setSpeed(value) {
  $("speed").value = value;
  if (video) video.playbackRate = Number(value);
}
function faster(by) {
  const at = speeds.indexOf($("speed").value) + by;
  if (speeds[at] !== undefined) setSpeed(speeds[at]);
}
const keys = {
  " ": toggle, Home: () => seek(first()), End: () => seek(first() + count() - 1),
  ArrowLeft: (shift) => step(shift ? -10 : -1), ArrowRight: (shift) => step(shift ? 10 : 1),
  l: () => setLoop(!looping), "[": () => faster(-1), "]": () => faster(1), r: () => ask("rebuild"),
  d: () => { $("draft").click(); },
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input, summary")) return;
  if (event.key === " " && event.target.closest("button")) return;
  const key = keys[event.key];
  if (key) { event.preventDefault(); key(event.shiftKey); }
});
$("play").addEventListener("click", toggle);
$("back").addEventListener("click", () => step(-1));
$("forth").addEventListener("click", () => step(1));
$("loop").addEventListener("click", () => setLoop(!looping));
$("speed").addEventListener("change", () => setSpeed($("speed").value));
$("draft").addEventListener("change", () => ask("draft", { on: $("draft").checked }));

// -- hearing ----------------------------------------------------------------------

const events = new EventSource("events");
events.addEventListener("message", (event) => { shown = JSON.parse(event.data); draw(); });
events.addEventListener("error", () => {
  if (shown.state !== "ended") { shown = { ...shown, state: "lost" }; drawStatus(); }
});
requestAnimationFrame(tick);

// The page of the chat room: how long to wait before trying again, how a line is written, who is here, what the server
// tells, what is asked of it, and the connection.
//
// What others wrote becomes text nodes and nothing else, so that none of it can be markup, an address or a script.

const LINES = 500; // so many are kept on the page
const LONGEST = 2000; // characters of a text; the server holds to it too
const FIRST = 1000; // the longest first wait, in ms
const CAP = 30_000; // the longest wait
const STOOD = 10_000; // a connection that stood so long was a good one
const PATIENCE = 10_000; // for an answer; then the connection counts as lost
const REFUSED = 1008; // the code of a close after which the same again is no use
const AWAY = "Not connected. What you wrote stays here.";

/**
 * How long to wait, in ms, after so many failures in a row: anything up to a bound that doubles. All pages lose a server
 * at once when it is restarted; they do not come back at once, because all of the wait is random.
 */
export function backOff(failures, random = Math.random) {
  return random() * Math.min(CAP, FIRST * 2 ** failures);
}

/** A moment as clocks show it where the reader is: YYYY-mm-dd HH:MM:SS. */
export function stamp(date) {
  const two = (number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two);
  return `${day.join("-")} ${time.join(":")}`;
}

const at = (id) => document.getElementById(id);
const [log, here, text, name] = [at("log"), at("here"), at("text"), at("name")];
const room = new URLSearchParams(location.search).get("room") ?? "lobby";

let socket = null; // the one that counts
let inside = false; // the server has welcomed us, and we have not lost it since
let since = 0; // when it did
let you = null; // our name, as the server last told it
let wish = stored(); // the name to ask for
let failures = 0; // in a row
let asked = []; // what we sent and the server has not answered yet, in order
let follow = true; // the reader is at the newest line
let unread = 0; // texts since the page was last seen
let patience, again; // timers: for an answer, and for the next connection

// Lines.

/** An element and what is in it. Strings become text nodes. */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** `[who]-[time]-` and what happened. A `bdi` keeps a text written right to left from turning around what is beside it. */
function show(who, time, ...happened) {
  const date = new Date(time);
  const when = element("time", "", stamp(date));
  when.dateTime = date.toISOString();
  const head = ["[", element("bdi", "who", who), "]-[", when, "]-"];
  const line = element("li", who === you ? "mine" : "", ...head, ...happened);
  log.append(line);
  while (log.childElementCount > LINES) log.firstElementChild.remove();
  if (follow) toNewest();
  at("newest").hidden = follow;
  return line;
}

function told(event) {
  show(event.who, event.time, "says: ", element("bdi", "text", event.text)).key = key(event);
  if (document.hidden) unread += 1;
  entitle();
}

/** What tells one text from another. */
function key({ who, time, text }) {
  return JSON.stringify([who, time, text]);
}

function toNewest() {
  log.scrollTop = log.scrollHeight;
}

function entitle() {
  document.title = unread > 0 ? `(${unread}) ${room}` : room;
}

// Who is here.

const people = new Map(); // the items of the list, by name

function comes(who) {
  if (!people.has(who)) {
    people.set(who, element("li", who === you ? "mine" : "", element("bdi", "", who)));
    here.append(people.get(who));
  }
  at("count").textContent = people.size;
}

function goes(who) {
  people.get(who)?.remove();
  people.delete(who);
  at("count").textContent = people.size;
}

// What the server tells.

function heard(event) {
  switch (event.kind) {
    case "welcome":
      return welcome(event);
    case "entered":
      comes(event.who);
      return show(event.who, event.time, "entered the room");
    case "said":
      if (event.who === you) answered("say");
      return told(event);
    case "left":
      goes(event.who);
      return show(event.who, event.time, "left the room");
    case "renamed":
      return renamed(event);
    case "refused":
      return refused(event.why);
  }
}

/** We are in the room, maybe again: then some of its history is on the page, and some of what we sent may be in it. */
function welcome(event) {
  const before = you;
  const shown = [...log.children].map((line) => line.key);
  const lost = unsaid();
  [inside, since, you, asked] = [true, performance.now(), event.you, []];
  expect();
  here.replaceChildren();
  people.clear();
  event.here.forEach(comes);
  for (const said of event.history) {
    if (take(shown, key(said))) continue;
    told(said);
    if (said.who === before) take(lost, said.text);
  }
  if (at("notice").textContent === AWAY) notice("");
  giveBack(lost);
  if (you === wish) store();
  if (document.activeElement !== name || name.value.trim() === wish) name.value = you;
  state("connected", "Connected");
}

function renamed({ who, now, time }) {
  show(who, time, "is now called ", element("bdi", "who", now));
  goes(who);
  if (who === you) {
    you = wish = name.value = now;
    store();
    answered("name");
  }
  comes(now);
}

function refused(why) {
  const ask = asked.shift();
  expect();
  if (ask?.say) giveBack([ask.say]);
  notice(`Refused: ${why}`);
}

function take(list, item) {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
  return index >= 0;
}

// What is asked of it.

function ask(what) {
  socket.send(JSON.stringify(what));
  asked.push(what);
  expect();
}

/** The first of our `kind` is answered, and with it all before it: the server answers in order. */
function answered(kind) {
  asked.splice(0, asked.findIndex((ask) => kind in ask) + 1);
  expect();
}

/** Waits for an answer, if there is one to come. Without, a connection that died in silence would look well. */
function expect() {
  clearTimeout(patience);
  if (!inside || asked.length > 0) patience = setTimeout(lose, PATIENCE);
}

function unsaid() {
  return asked.flatMap((ask) => ask.say ?? []);
}

/** Texts that were not said go back to where they were written; nothing is sent twice but by its author. */
function giveBack(texts) {
  if (texts.length === 0) return;
  text.value = [...texts, text.value].filter(Boolean).join(" ");
  measure();
  notice("What you wrote last may not have arrived. It is in the box again.");
}

function measure() {
  const length = [...text.value].length;
  at("length").textContent = length > LONGEST * 0.9 ? `${length} of ${LONGEST}` : "";
  return length;
}

function notice(words) {
  at("notice").textContent = words;
}

// The name is kept where the browser lets us.

function stored() {
  try {
    return localStorage.getItem("name");
  } catch {
    return null;
  }
}

function store() {
  try {
    localStorage.setItem("name", you);
  } catch {
    // Then it lasts as long as the page.
  }
}

// The connection.

function connect() {
  leave();
  expect();
  if (failures === 0) state("connecting", "Connecting");
  else at("wait").textContent = "now";
  const url = new URL("ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = new URLSearchParams({ room, ...(wish && { name: wish }) });
  const mine = new WebSocket(url);
  socket = mine;
  mine.onmessage = ({ data }) => mine === socket && heard(JSON.parse(data));
  mine.onclose = ({ code, reason }) => mine === socket && lose(code, reason);
}

function lose(code, reason) {
  const entered = inside;
  leave();
  if (code === REFUSED) return shutOut(entered, reason);
  if (entered && performance.now() - since > STOOD) failures = 0;
  const wait = backOff(failures);
  failures += 1;
  state("waiting", "Not connected. Trying again");
  countDown(performance.now() + wait);
}

function shutOut(entered, reason) {
  failures = 0;
  if (!entered && wish) {
    // Perhaps it was the name: somebody has it, be it we, on a connection that the server has not given up yet.
    wish = null;
    return connect();
  }
  giveBack(unsaid());
  asked = [];
  state("refused", `Closed by the room${reason && `: ${reason}`}`);
}

function countDown(until) {
  const left = until - performance.now();
  if (left <= 0) return connect();
  const seconds = Math.ceil(left / 1000);
  at("wait").textContent = `in ${seconds} s`;
  again = setTimeout(countDown, left - (seconds - 1) * 1000, until);
}

/** A browser may keep a page that was left, with its connection; in the room nobody would see that we are gone. */
function leave() {
  clearTimeout(patience);
  clearTimeout(again);
  socket?.close();
  [socket, inside] = [null, false];
}

function state(kind, words) {
  document.body.dataset.state = kind;
  at("wait").textContent = "";
  at("retry").hidden = kind !== "waiting" && kind !== "refused";
  // Said aloud where it changes, and not once more with each try.
  if (at("state").textContent !== words) at("state").textContent = words;
}

// The reader.

at("saying").addEventListener("submit", (event) => {
  event.preventDefault();
  text.focus();
  const words = text.value.trim().toWellFormed();
  if (words === "") return;
  if (measure() > LONGEST) return notice(`A text has at most ${LONGEST} characters.`);
  if (!inside) return notice(AWAY);
  ask({ say: words });
  text.value = "";
  measure();
  notice("");
});

at("naming").addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = name.value.trim().toWellFormed();
  notice("");
  if (wanted === "" || wanted === you) {
    name.value = you ?? "";
  } else if (inside) {
    ask({ name: wanted });
  } else {
    wish = wanted;
    connect();
  }
});

text.addEventListener("input", measure);
at("retry").addEventListener("click", () => {
  connect();
  text.focus();
});
at("newest").addEventListener("click", () => {
  toNewest();
  text.focus();
});
log.addEventListener("scroll", () => {
  follow = log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  at("newest").hidden ||= follow;
});
new ResizeObserver(() => follow && toNewest()).observe(log);
document.addEventListener("visibilitychange", () => {
  unread = 0;
  entitle();
});
addEventListener("pagehide", leave);
addEventListener("pageshow", (event) => event.persisted && connect());
addEventListener("online", () => document.body.dataset.state === "waiting" && connect());

at("room").textContent = room;
entitle();
connect();

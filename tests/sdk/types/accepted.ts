// Every call that trk.js understands, before and after loading. All of it compiles.

window.Gleam = window.Gleam || [];
window.Gleam.push('VIP');
if (window.Gleam) window.Gleam.push('VIP');
const queue: Gleam.Queue = window.Gleam;
queue.push(['VIP']);

// Names, values, signatures.
declare const signature: string;
declare const maybe: string | undefined;
Gleam.push('VIP', 'Signup');
Gleam.push(['taskPerformed']);
Gleam.push(['VIP', 'myValue']);
Gleam.push(['OrderID', '10042', signature]);
Gleam.push(['OrderID', '10042', maybe]);
Gleam.push(['VIP', ''], ['n', 0], ['n', 1.5], ['f', false], ['u', undefined], ['n', null], ['m', maybe]);
Gleam.push();

// Objects become their JSON, whatever their type is.
interface Order { id: number; lines: string[] }
class Point { x = 1; double(): number { return 2 * this.x; } }
declare const order: Order;
Gleam.push(['o', { id: 1, lines: [{ price: 2 }] }], ['o', order], ['a', [1, 2]], ['p', new Point()], ['d', new Date()]);

// Items in arrays, also in arrays that are read-only or computed.
const pairs: [string, string][] = [['userId', '1234'], ['userName', 'bob']];
const fixed = [['userId', 1], 'VIP'] as const;
Gleam.push([['userId', '1234'], ['userName', 'bob'], 'taskPerformed']);
Gleam.push([[['a'], 'b'], ['c', 'd']]);
Gleam.push(...pairs);
Gleam.push(fixed, ...fixed);

// Functions, and names that only look like them.
const ready = (answer: Gleam.Answer): string[] => answer.unlocked;
Gleam.push(['VIP'], ['callback', (answer: Gleam.Answer) => answer.duplicate && answer.unlocked.length]);
Gleam.push(['VIP'], ['error', (problem: Gleam.Problem) => problem.retry || problem.reason.length]);
Gleam.push(['VIP'], ['callback', (answer) => answer.unlocked.length], ['error', ({ reason }) => reason.length]);
Gleam.push('VIP', ['error', (problem) => problem.retry]);
Gleam.push([['VIP'], ['callback', ({ unlocked }) => unlocked], ['error', (problem) => problem.retry]]);
Gleam.push(['callback', ready], ['callback', () => {}], ['error', async () => {}]);
Gleam.push([['VIP'], ['callback', ready], ['error', function () {}]]);
Gleam.push(['callback'], ['callback', 'text'], ['error', 404], ['consent', 'text']);

// The campaign's address, once trk.js is there.
declare const url: string;
window.open(Gleam.link ? Gleam.link(url) : url);
location.href = window.Gleam?.link?.(url) ?? url;

// Consent.
Gleam.push(['consent', true], ['consent', false]);
Gleam.push([['consent', true], ['VIP']]);

// What an embedded campaign says.
window.onGleamEvent = function () {};
window.onGleamEvent = (event) => {
  const key: string = event.campaign.key + event.campaign.name;
  if (event.type === 'completed' || event.type === 'unlocked') return key + event.action.title;
};

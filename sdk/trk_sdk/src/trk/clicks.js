// What clicks say: on elements that declare a push, and on links to a campaign.

// @links to the campaign {
// The address of a campaign's page, with a ticket by which its server knows the visitor: good
// once, and for a minute. A campaign's address ends after the first segment of the path.
/** @param {string} address @returns {string | undefined} */
function lend(address) {
  var ticket = random(32), /** @type {any} */ base, /** @type {any} */ ours;
  anchor.href = address;
  base = /^.{8}[^/]*.\w*(?![^/?#])/.exec(anchor.href);
  each(campaigns, function (campaign) { if (campaign.base_ == base && campaign.ask_ <= consent) ours = 1; });
  if (!ours || /visitor=/.test(anchor.search)) return;
  wake();
  current = 0;
  room(0).more_ = ',"ticket":"' + ticket + '"';
  spread();
  anchor.search += '&visitor=' + ticket;
  return anchor.href;
}
// @}

// Handles a click on an element that declares a push, or on a link to a campaign's own page.
/** @param {any} event */
function click(event) {
  var path = event.composedPath(), again = path[0] == labelled;

  /** @param {any} node */
  function see(node) {
    var data = node.getAttribute && node.dataset, /** @type {any} */ name, /** @type {any} */ address, /** @type {any} */ lent;
    if (!data) return;
    // A click on a label is followed by one on its control, which counts for none of the same.
    // @declarative attributes {
    if (data.gleamTrack && !(again && has(counted, node))) {
      take([[data.gleamTrack, data.gleamValue]]);
      add(counted, node);
    }
    labelled = labelled || node.control;
    // @}
    // @links to the campaign {
    // Afterwards the link's address is what it was.
    name = node.getAttribute('href') ? 'href' : 'xlink:href';
    address = node.getAttribute(name);
    if (address && (lent = lend(address))) {
      node.setAttribute(name, lent);
      wait(0, function () { if (node.getAttribute(name) == lent) node.setAttribute(name, address); });
    }
    // @}
  }

  // A page that took the global away may have loaded the script anew: then two hear of a click.
  if (event.button > 1 || event.gleam) return;
  event.gleam = 1;
  if (!again) counted = [], labelled = 0;
  each(path, guard(see));
  wait(0, function () {
    labelled = 0;
    look();
  });
}

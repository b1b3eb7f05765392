// ol.js: a tab at the edge of the window that opens the campaign over the page.
//
// The browser's own modal dialog traps the focus, makes the page behind it inert, and closes on
// Escape; a shadow root keeps the page's styles out and ours in. (A rem would still be the page's.)
function overlay() {
  var words = spoken(), holder = element('div', 'all:initial'), root = holder.attachShadow ? holder.attachShadow({ mode: 'open' }) : holder;
  var side = /left/.test('POSITION') ? 'left' : 'right', below = /bottom/.test('POSITION'), /** @type {HTMLIFrameElement | undefined} */ shown;
  var tab = element('button', 'position:fixed;z-index:2147483000;' + side + ':' + (below ? '16px;bottom:0' : '0;top:50%') +
    ';min-width:44px;min-height:44px;max-height:80vh;max-width:80vw;overflow:hidden;padding:10px 11px;border:0;cursor:pointer;' +
    'font:600 16px/1.4 system-ui,sans-serif;background:COLOUR;color:INK;box-shadow:0 0 16px #0006;border-radius:' +
    (below ? '10px 10px 0 0' : '10px 0 0 10px;writing-mode:vertical-rl;transform:' +
      (side === 'left' ? 'rotate(180deg) translateY(50%)' : 'translateY(-50%)')));
  var dialog = element('dialog', 'position:fixed;top:0;left:0;width:100%;height:100%;max-width:none;max-height:none;' +
    'margin:0;padding:0;border:0;background:#0008;overscroll-behavior:contain;color-scheme:light dark');
  var panel = element('div', 'position:absolute;top:0;bottom:0;' + side + ':0;width:480px;max-width:100%;' +
    'display:flex;flex-direction:column;background:Canvas;color:CanvasText;box-shadow:0 0 16px #0006');
  var close = element('button', 'align-self:flex-end;flex:none;min-width:44px;min-height:44px;margin:4px;border-radius:8px;' +
    'padding:0 16px;border:0;cursor:pointer;font:600 16px/1.4 system-ui,sans-serif;background:transparent;color:inherit');

  function shut() { dialog.close(); }

  function open() {
    if (!dialog.showModal) return window.open('ADDRESS/KEY');
    dialog.showModal();
    if (shown) return shown.tell({ shown: true });
    shown = frame('flex:1;min-height:0', { close: shut }, '');
    panel.appendChild(shown);
  }

  tab.type = close.type = 'button';
  tab.textContent = words[2];
  tab.title = words[1];
  tab.setAttribute('aria-haspopup', 'dialog');
  dialog.setAttribute('aria-label', words[1]);
  close.textContent = words[3];
  tab.onclick = attempt.bind(null, open);
  close.onclick = shut;
  dialog.onclick = function (event) { if (event.target === dialog) shut(); };
  // Nobody is looking: the page in the frame stops polling until it is opened again.
  dialog.onclose = function () { if (shown) shown.tell({ shown: false }); };
  panel.appendChild(close);
  dialog.appendChild(panel);
  root.appendChild(tab);
  root.appendChild(dialog);
  document.body.appendChild(holder);
  if (confirmed) open();
}

if (allowed()) ready(overlay);

// A memory game: three boards, of two, three and four pairs. Reaching level 3 is reported.
(function () {
  'use strict';
  var PAIRS = [2, 3, 4];
  var faces = Array.prototype.slice.call(document.querySelectorAll('template[data-face]'));
  var board = document.getElementById('board');
  var next = document.getElementById('next');
  var level = 1, moves = 0, left = 0;
  /** @typedef {HTMLButtonElement & { face: HTMLTemplateElement, number: number }} Card */
  var /** @type {Card[]} */ up = [];

  /** @param {string} id @param {string | number} text */
  function say(id, text) { document.getElementById(id).textContent = text; }

  /** @param {HTMLTemplateElement[]} list */
  function shuffled(list) {
    for (var i = list.length - 1; i > 0; i--) {
      var j = Math.floor(Math.random() * (i + 1)), kept = list[i];
      list[i] = list[j];
      list[j] = kept;
    }
    return list;
  }

  function deal() {
    var chosen = shuffled(faces.slice()).slice(0, PAIRS[level - 1]);
    left = chosen.length;
    up = [];
    say('level', level);
    say('said', '');
    next.hidden = true;
    board.replaceChildren.apply(board, shuffled(chosen.concat(chosen)).map(card));
    board.dataset.level = level;
    board.dataset.pairs = left;
  }

  /** @param {HTMLTemplateElement} face @param {number} at */
  function card(face, at) {
    var /** @type {any} */ button = document.createElement('button');
    button.type = 'button';
    button.className = 'playing';
    button.face = face;
    button.number = at + 1;
    button.addEventListener('click', function () { turn(button); });
    cover(button);
    return button;
  }

  /** @param {Card} button */
  function cover(button) {
    button.classList.remove('up');
    button.replaceChildren();
    button.setAttribute('aria-label', 'Card ' + button.number + ', face down');
  }

  /** @param {Card} button */
  function uncover(button) {
    button.classList.add('up');
    button.style.setProperty('--hue', button.face.dataset.hue || '');
    button.replaceChildren(button.face.content.cloneNode(true));
    button.setAttribute('aria-label', 'Card ' + button.number + ', ' + button.face.dataset.face);
  }

  // Two cards that differ stay open until the next one is turned: there is no time limit.
  /** @param {Card} button */
  function turn(button) {
    if (up.length === 2) {
      up.forEach(cover);
      up = [];
    }
    if (button.classList.contains('up')) return;
    uncover(button);
    up.push(button);
    if (up.length < 2) return say('said', button.face.dataset.face || '');
    say('moves', ++moves);
    if (up[0].face !== up[1].face) return say('said', button.face.dataset.face + ': not a pair');
    up.forEach(function (found) {
      found.classList.add('found');
      found.setAttribute('aria-label', found.getAttribute('aria-label') + ', found');
    });
    up = [];
    left--;
    say('said', button.face.dataset.face + ': a pair');
    if (!left) won();
  }

  function won() {
    if (level < PAIRS.length) {
      level++;
      say('said', 'Level ' + level + ' reached.');
      next.textContent = 'Play level ' + level;
      if (level === PAIRS.length) window.report(moves + ' moves');
    } else {
      say('said', 'All boards solved in ' + moves + ' moves.');
      next.textContent = 'Play again';
      level = 1;
      moves = 0;
    }
    next.hidden = false;
    next.focus();
  }

  next.addEventListener('click', function () {
    say('moves', moves);
    deal();
    board.firstChild.focus();
  });
  deal();
})();

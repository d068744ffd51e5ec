// Buttons that copy a number. Without this script there are none, and numbers can be selected.
'use strict';

for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.done;
    } catch {
      // No clipboard here: the number is selected, so that a key copies it.
      const number = document.getElementById(button.dataset.from);
      getSelection().selectAllChildren(number);
      return;
    }
    setTimeout(() => { button.textContent = before; }, 2000);
  });
}

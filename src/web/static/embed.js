// The verify button for issuers' own sites. A link of the class `yinxin-verify` with `data-number` leads, in a tab of its own, to the page
// of that certificate at the place where this script comes from. The answer is only ever shown there, never inside the other site.
(() => {
  'use strict';
  const home = new URL(document.currentScript.src).origin;
  const number = (link) => (link.dataset.number || '').replace(/[\s-]/g, '').toUpperCase();

  function upgrade(link) {
    // A link that leads elsewhere is not ours, whatever its class says.
    if (new URL(link.href, location.href).origin !== home) return;
    if (/^[A-Z0-9]{6,32}$/.test(number(link))) {
      const language = { zh: '?lang=zh', en: '?lang=en' }[link.dataset.lang] || '';
      link.href = `${home}/c/${number(link)}${language}`;
    }
    link.target = '_blank';
    link.rel = 'noopener';
    link.referrerPolicy = 'no-referrer';
    if (!link.textContent.trim()) link.textContent = link.dataset.lang === 'en' ? 'Verify this certificate' : '查验证书';
    if (link.dataset.style === 'none') return;
    Object.assign(link.style, {
      display: 'inline-block', padding: '.5em 1.1em', border: '1px solid #a62b23', borderRadius: '6px', background: '#fff', color: '#a62b23',
      font: '600 1rem/1.4 system-ui, sans-serif', textDecoration: 'none',
    });
  }

  const all = () => document.querySelectorAll('a.yinxin-verify[href]').forEach(upgrade);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', all);
  else all();
  // Links that come later are upgraded when they are used.
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('a.yinxin-verify[href]');
    if (link) upgrade(link);
  }, true);
})();

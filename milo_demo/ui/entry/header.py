"""The top of the page: what it is called, and the ways in that stand there."""

HTML = """
<header class="milo-header">
  <h1>MILO</h1>
  <p>who plays what, when and where</p>
  <nav>
    <button type="button" data-open="examples">Examples</button>
    <button type="button" data-open="record">Record</button>
    <button type="button" data-open="camera">Live</button>
    <button type="button" class="milo-dark" aria-label="Light or dark" aria-pressed="false">☾</button>
  </nav>
</header>
"""

SCRIPT = """
const button = element.querySelector('.milo-dark');
const show = () => button.setAttribute('aria-pressed', document.body.classList.contains('dark'));
let kept = null;
try { kept = localStorage.getItem('milo-dark'); } catch { /* a frame that may keep nothing */ }
if (kept) document.body.classList.toggle('dark', kept === 'yes');
button.addEventListener('click', () => {
  const dark = document.body.classList.toggle('dark');
  show();
  try { localStorage.setItem('milo-dark', dark ? 'yes' : 'no'); } catch { /* the same */ }
});
show();
for (const opener of element.querySelectorAll('[data-open]')) {
  opener.addEventListener('click', () => document.dispatchEvent(new Event(`milo-${opener.dataset.open}`)));
}
"""
"""Dark is kept; what is opened opens itself."""

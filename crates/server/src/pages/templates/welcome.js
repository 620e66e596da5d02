// The secret stands behind the #, which browsers do not send: put it into the form, and out of the address bar.
const secret = location.hash.slice(1);
if (secret) {
  document.getElementById('secret').value = decodeURIComponent(secret);
  history.replaceState(null, '', location.pathname + location.search);
  document.getElementById('password').focus();
}

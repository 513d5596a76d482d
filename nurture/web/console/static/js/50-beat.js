// Whatever shows something under way looks again every 15 seconds, while somebody looks at it.
setInterval(() => {
  if (!document.hidden) document.body.dispatchEvent(new Event("beat"));
}, 15000);

export const answer = { id: "SF-1", title: "A chair for desk 12", status: "NEW" };
export const open = (port) => `http://127.0.0.1:${port}`;
export const read = async (base) => {
  const response = await fetch(`${base}/requests/SF-1`, { headers: { authorization: "Bearer x" } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
};

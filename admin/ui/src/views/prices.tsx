export function Prices() { return null; }

export async function drive() {}

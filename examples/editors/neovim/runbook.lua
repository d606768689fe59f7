-- ~/.config/nvim/lua/runbook.lua, and `require("runbook")` in init.lua. For Neovim 0.7.2 (Debian 12) and newer.
vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
  pattern = "*.runbook",
  callback = function()
    vim.bo.filetype = "runbook"
  end,
})

-- The server looks at what a YAML file holds; one that is no runbook and no policy gets no answers.
local filetypes = { "runbook", "yaml" }
local settings = {
  name = "runbook",
  cmd = { "runbook", "lsp" },
  init_options = { checkDelay = 200 },
}

if vim.lsp.config then -- 0.11 and newer
  settings.filetypes = filetypes
  settings.root_markers = { "policy.yml", ".git" }
  vim.lsp.config("runbook", settings)
  vim.lsp.enable("runbook")
else
  local client
  settings.root_dir = vim.fn.getcwd()
  settings.on_exit = function()
    client = nil
  end
  vim.api.nvim_create_autocmd("FileType", {
    pattern = filetypes,
    callback = function(event)
      client = client or vim.lsp.start_client(settings)
      if client then
        vim.lsp.buf_attach_client(event.buf, client)
      end
      -- What newer versions set by themselves.
      vim.bo[event.buf].omnifunc = "v:lua.vim.lsp.omnifunc"
      for key, ask in pairs({ K = "hover", gd = "definition", grr = "references", grn = "rename", gra = "code_action" }) do
        vim.keymap.set("n", key, vim.lsp.buf[ask], { buffer = event.buf })
      end
    end,
  })
end

vim.api.nvim_create_autocmd("FileType", {
  pattern = "runbook",
  callback = function()
    vim.bo.commentstring = "# %s"
    vim.bo.shiftwidth = 2
    vim.bo.expandtab = true
    -- The server colours no words; this is enough to read by. Visual Studio Code has a whole grammar.
    vim.cmd([[
      syntax clear
      syntax match runbookComment "\(^\|\s\)#.*$"
      syntax match runbookHole "\${[^}]*}" containedin=runbookText
      syntax region runbookText start=+"+ skip=+\\.+ end=+"\|$+
      syntax match runbookWord "^\s*\zs\a[a-z_-]*"
      syntax match runbookWord "[{;]\s*\zs\a[a-z_-]*"
      highlight default link runbookComment Comment
      highlight default link runbookHole Special
      highlight default link runbookText String
      highlight default link runbookWord Keyword
    ]])
  end,
})

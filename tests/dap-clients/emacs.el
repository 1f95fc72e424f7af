;;; The debug adapter in Emacs: dap-mode, in batch. Environment: FRED, FRED_PROGRAM, FRED_PYTHON, FRED_TEMP (an empty directory).
;; Prints what it sees; the last line is EMACS-OK when every step stopped where it should.
(require 'cl-lib)
(defconst temp (file-name-as-directory (getenv "FRED_TEMP")))
(setq dap-auto-configure-features nil dap-auto-show-output nil dap-ui-mode nil dap-print-io nil create-lockfiles nil make-backup-files nil
      lsp-session-file (concat temp "lsp-session") dap-breakpoints-file (concat temp "breakpoints"))
(defvar dap-exception-breakpoints nil "Dap-mode's own; some versions of it only define it with their views.")
(require 'dap-mode)
(dap-mode 1)
(dap-register-debug-provider "fred" (lambda (c) (dap--put-if-absent c :dap-server-path (list (getenv "FRED") "dap")) c))

(defvar stops 0 "How often the program has stopped with its place known.")
(add-hook 'dap-stack-frame-changed-hook (lambda (&rest _) (cl-incf stops)))

(defun wait-for (condition what)
  (with-timeout (60 (error "Nothing came: %s" what))
    (while (not (funcall condition)) (accept-process-output nil 0.05))))

(defun here ()
  (let ((frame (dap--debug-session-active-frame (dap--cur-session)))) (and frame (gethash "line" frame))))

(defun expect (what line move)
  (let ((before stops))
    (funcall move)
    (wait-for (lambda () (> stops before)) what)
    (princ (format "%s: line %s\n" what (here)))
    (unless (eql (here) line) (error "%s stopped at line %s, not %s" what (here) line))))

(find-file (getenv "FRED_PROGRAM"))
(goto-char (point-min))
(forward-line 10)
(dap-breakpoint-toggle)
(expect "entry" 1
        (lambda () (dap-debug (list :type "fred" :request "launch" :name "Fred" :program (getenv "FRED_PROGRAM") :python (getenv "FRED_PYTHON") :stopOnEntry t))))
(let ((session (dap--cur-session)))
  (unless (gethash "supportsStepBack" (dap--debug-session-current-capabilities session)) (error "The adapter does not promise to step back"))
  (expect "continue to the breakpoint" 11 (lambda () (dap-continue session (dap--debug-session-thread-id session))))
  (expect "step back" 8 (lambda () (dap--step "stepBack" session)))
  (expect "next" 11 (lambda () (dap-next session)))
  (goto-char (point-min))
  (forward-line 1)
  (dap-breakpoint-toggle)
  (accept-process-output nil 0.2)
  (expect "reverse continue" 2 (lambda () (dap--step "reverseContinue" session)))
  (expect "reverse continue again" 2 (lambda () (dap--step "reverseContinue" session)))
  (dap-disconnect session))
(princ "EMACS-OK\n")
